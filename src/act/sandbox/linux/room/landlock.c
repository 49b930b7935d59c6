/*
 * Rules for files after Landlock (Documentation/userspace-api/landlock.rst): what lies beneath a
 * readable tree may be read and executed, beneath a writable one also changed; nothing else. TCP and
 * signals are added where the kernel has them. Numbers stand here because headers may be older than
 * the kernel.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "room.h"

enum {
    CREATE_RULESET = 444,
    ADD_RULE = 445,
    RESTRICT_SELF = 446,
    VERSION_FLAG = 1,
    PATH_BENEATH = 1,
    NET_PORT = 2,
};

#define FS_EXECUTE (1ULL << 0)
#define FS_WRITE_FILE (1ULL << 1)
#define FS_READ_FILE (1ULL << 2)
#define FS_READ_DIR (1ULL << 3)
#define FS_MAKE_CHAR (1ULL << 6)
#define FS_MAKE_BLOCK (1ULL << 11)
#define FS_REFER (1ULL << 13)
#define FS_TRUNCATE (1ULL << 14)
#define FS_IOCTL_DEV (1ULL << 15)
#define NET_BIND_TCP (1ULL << 0)
#define NET_CONNECT_TCP (1ULL << 1)
#define SCOPE_ABSTRACT_UNIX_SOCKET (1ULL << 0)
#define SCOPE_SIGNAL (1ULL << 1)

struct ruleset {
    uint64_t files, network, scopes;
};

struct path_rule {
    uint64_t allowed;
    int32_t parent;
} __attribute__((packed));

struct port_rule {
    uint64_t allowed, port;
};

/* Everything that the kernel's version can restrict, so that nothing is left out. */
static struct ruleset all_of(long version) {
    struct ruleset all = {.files = FS_REFER - 1};
    if (version >= 2) all.files |= FS_REFER;
    if (version >= 3) all.files |= FS_TRUNCATE;
    if (version >= 4) all.network = NET_BIND_TCP | NET_CONNECT_TCP;
    if (version >= 5) all.files |= FS_IOCTL_DEV;
    if (version >= 6) all.scopes = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL;
    return all;
}

static bool allow_path(int ruleset, const char *path, uint64_t allowed) {
    struct stat about;
    struct path_rule rule = {.allowed = allowed, .parent = open(path, O_PATH | O_CLOEXEC)};
    if (rule.parent < 0) return errno == ENOENT;
    bool fine = fstat(rule.parent, &about) == 0;
    /* Rights that only folders have are refused for a file. */
    if (fine && !S_ISDIR(about.st_mode))
        rule.allowed &= FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV;
    fine = fine && syscall(ADD_RULE, ruleset, PATH_BENEATH, &rule, 0) == 0;
    close(rule.parent);
    return fine;
}

static bool allow_paths(int ruleset, const struct texts *paths, uint64_t allowed) {
    for (size_t i = 0; i < paths->count; i++)
        if (!allow_path(ruleset, paths->items[i], allowed)) return false;
    return true;
}

static bool allow_ports(int ruleset, const struct instructions *it) {
    for (size_t i = 0; i < it->port_count; i++) {
        struct port_rule rule = {NET_CONNECT_TCP, it->ports[i]};
        if (syscall(ADD_RULE, ruleset, NET_PORT, &rule, 0) != 0) return false;
    }
    return true;
}

/* What minimal programs need of /dev; the room of bubblewrap has the same. */
static bool allow_devices(int ruleset, const struct ruleset *all) {
    static const char *const devices[] = {"/dev/null", "/dev/zero",    "/dev/full", "/dev/tty",
                                          "/dev/random", "/dev/urandom"};
    for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
        if (!allow_path(ruleset, devices[i], all->files & (FS_READ_FILE | FS_WRITE_FILE | FS_IOCTL_DEV)))
            return false;
    return true;
}

const char *enter_landlock(const struct instructions *it) {
    long version = syscall(CREATE_RULESET, NULL, 0, VERSION_FLAG);
    if (version < 1) return "Landlock";
    struct ruleset all = all_of(version);
    size_t size = version >= 6 ? sizeof(all) : version >= 4 ? 2 * sizeof(uint64_t) : sizeof(uint64_t);
    int ruleset = (int)syscall(CREATE_RULESET, &all, size, 0);
    if (ruleset < 0) return "Landlock's rules";
    uint64_t reads = FS_EXECUTE | FS_READ_FILE | FS_READ_DIR;
    uint64_t writes = all.files & ~(FS_MAKE_CHAR | FS_MAKE_BLOCK | FS_IOCTL_DEV);
    if (!allow_paths(ruleset, &it->readable, reads) || !allow_paths(ruleset, &it->writable, writes) ||
        !allow_devices(ruleset, &all))
        return "Landlock's rules for files";
    if (all.network != 0 && !allow_ports(ruleset, it)) return "Landlock's rules for ports";
    if (syscall(RESTRICT_SELF, ruleset, 0) != 0) return "Landlock";
    close(ruleset);
    return NULL;
}
