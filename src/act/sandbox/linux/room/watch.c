/*
 * Answers the system calls that the filter hands over.
 *
 * A denial is what the machine would have let this user do and the room does not: a file that is not
 * there at all is no denial, and one that the user could not have written is none either. For files
 * the call itself goes on and meets mounts or Landlock, whatever was reported: its arguments lie in
 * memory that other threads can change. Calls that are refused here are refused by their numbers alone.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "room.h"

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

enum {
    NAMESPACES = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
                 CLONE_NEWPID | CLONE_NEWNET,
    SHORT_READ_BYTES = 256,
    PAGE_BYTES = 4096,
    ANSWER_BYTES_MAX = 512,
    CONNECT_SECONDS_MAX = 2,
};

struct call {
    struct watch *watch;
    const struct seccomp_notif *asked;
    pid_t who;
};

static struct seccomp_notif *asked;
static struct seccomp_notif_resp *answer;
static size_t asked_bytes, answer_bytes;

static void answer_one(struct watch *watch);

/* Waits in the call that receives: a turn through poll(2) would be paid for every file that is opened. */
static void *answer_all(void *watch) {
    for (;;) answer_one(watch);
    return NULL;
}

bool start_watch(struct watch *watch) {
    struct seccomp_notif_sizes sizes;
    if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) != 0) return false;
    asked_bytes = sizes.seccomp_notif > sizeof(*asked) ? sizes.seccomp_notif : sizeof(*asked);
    answer_bytes = sizes.seccomp_notif_resp > sizeof(*answer) ? sizes.seccomp_notif_resp : sizeof(*answer);
    asked = calloc(1, asked_bytes);
    answer = calloc(1, answer_bytes);
    /* Newer kernels hand the processor straight over; older ones do without. */
    ioctl(watch->listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
    pthread_t thread;
    return asked != NULL && answer != NULL && pthread_create(&thread, NULL, answer_all, watch) == 0;
}

/* ---- what lies in the memory of a process ---- */

static size_t read_memory(pid_t who, uint64_t address, void *into, size_t size) {
    struct iovec here = {into, size}, there = {(void *)(uintptr_t)address, size};
    ssize_t got = process_vm_readv(who, &here, 1, &there, 1, 0);
    return got < 0 ? 0 : (size_t)got;
}

/* By pages, because what comes after the text may not be mapped. */
static bool read_path(pid_t who, uint64_t address, char into[PATH_BYTES_MAX]) {
    size_t have = 0;
    while (have < PATH_BYTES_MAX) {
        size_t left_in_page = PAGE_BYTES - (size_t)((address + have) % PAGE_BYTES);
        size_t wanted = left_in_page < SHORT_READ_BYTES ? left_in_page : SHORT_READ_BYTES;
        if (wanted > PATH_BYTES_MAX - have) wanted = PATH_BYTES_MAX - have;
        size_t got = read_memory(who, address + have, into + have, wanted);
        if (got == 0) return false;
        if (memchr(into + have, 0, got) != NULL) return true;
        have += got;
    }
    return false;
}

/* Puts what a link of a process in /proc says before the rest of a path. */
static bool behind_link(pid_t who, const char *link, const char *rest, char into[PATH_BYTES_MAX]) {
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/%s", (int)who, link);
    ssize_t base = readlink(path, into, PATH_BYTES_MAX - 1);
    if (base <= 0 || into[0] != '/' || (size_t)base + strlen(rest) + 2 > PATH_BYTES_MAX) return false;
    into[base] = '/';
    memcpy(into + base + 1, rest, strlen(rest) + 1);
    return true;
}

/*
 * Links in /proc lead somewhere else for whoever looks. Those of a process to its own root, working
 * folder and open files are followed for it here; every process of the room has the same root.
 */
static bool follow_proc(pid_t who, const char *path, char into[PATH_BYTES_MAX]) {
    char owner[16], link[8];
    int after = 0, descriptor = 0;
    if (sscanf(path, "/proc/%15[a-z0-9-]/%7[a-z]%n", owner, link, &after) != 2) return false;
    bool own = strcmp(owner, "self") == 0 || strcmp(owner, "thread-self") == 0;
    const char *rest = path + after;
    if (strcmp(link, "root") == 0 && rest[0] == '/') {
        memmove(into, rest, strlen(rest) + 1);
        return true;
    }
    if (own && strcmp(link, "cwd") == 0 && rest[0] == '/') return behind_link(who, "cwd", rest + 1, into);
    if (!own || strcmp(link, "fd") != 0 || sscanf(rest, "/%d%n", &descriptor, &after) != 1) return false;
    if (rest[after] != '/') return false;
    snprintf(owner, sizeof(owner), "fd/%d", descriptor);
    return behind_link(who, owner, rest + after + 1, into);
}

/* The path as the room sees it; false when it cannot be told. */
static bool absolute_path(const struct call *call, int folder, uint64_t address, char into[PATH_BYTES_MAX]) {
    char path[PATH_BYTES_MAX], link[16] = "cwd";
    if (!read_path(call->who, address, path) || path[0] == 0) return false;
    if (path[0] == '/') {
        if (strncmp(path, "/proc/", 6) != 0 || !follow_proc(call->who, path, into))
            memcpy(into, path, strlen(path) + 1);
        return true;
    }
    if (folder != AT_FDCWD) snprintf(link, sizeof(link), "fd/%d", folder);
    return behind_link(call->who, link, path, into);
}

static bool still_asks(const struct call *call) {
    return ioctl(call->watch->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &call->asked->id) == 0;
}

static void denied(const struct call *call, const char *kind, const char *target) {
    if (still_asks(call)) report(kind, target, call->who);
}

/* ---- files ---- */

static int open_in_room(const struct watch *watch, const char *path) {
    struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
    return (int)syscall(SYS_openat2, watch->root, path, &how, sizeof(how));
}

static bool lies_in(const char *path, const struct texts *trees) {
    for (size_t i = 0; i < trees->count; i++) {
        size_t length = strlen(trees->items[i]);
        if (strncmp(path, trees->items[i], length) == 0 && (path[length] == '/' || path[length] == 0))
            return true;
    }
    return false;
}

/* Where a path of this machine leads to, links resolved; the file itself need not be there. */
static bool resolve(const char *path, char into[PATH_BYTES_MAX]) {
    char link[64];
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0) return false;
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, into, PATH_BYTES_MAX - 1);
    close(fd);
    into[length < 0 ? 0 : length] = 0;
    return length > 0;
}

/* The folder in which a path's last name stands. */
static void parent_folder(const char *path, char into[PATH_BYTES_MAX]) {
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') length--;
    while (length > 1 && path[length - 1] != '/') length--;
    memcpy(into, path, length);
    into[length] = 0;
}

static bool machine_allows(const char *path, int mode) {
    return faccessat(AT_FDCWD, path, mode, AT_EACCESS) == 0;
}

/* What a process reads about itself is not the keeper's to look up. */
static bool of_own_process(const char *path) {
    return strncmp(path, "/proc/self/", 11) == 0 || strncmp(path, "/proc/thread-self/", 18) == 0;
}

/* Those of Landlock's rules, and names for what the asker has open. */
static bool is_common_device(const char *path) {
    static const char *const names[] = {"null", "zero", "full", "tty", "random", "urandom",
                                        "stdin", "stdout", "stderr"};
    if (strncmp(path, "/dev/", 5) != 0) return false;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(path + 5, names[i]) == 0) return true;
    return strncmp(path, "/dev/fd/", 8) == 0;
}

/* The kernel's own files tell of the machine, not of a person, and every Node reads some at its start. */
static bool is_of_kernel(const char *path) { return strncmp(path, "/sys/", 5) == 0; }

static bool is_always_there(const struct instructions *it, const char *path) {
    return lies_in(path, &it->readable) || lies_in(path, &it->writable);
}

static bool hidden(const struct call *call, const char *path, int mode) {
    if (of_own_process(path) || is_of_kernel(path)) return false;
    if (!under_landlock(call->watch->it)) {
        int fd = open_in_room(call->watch, path);
        if (fd >= 0) close(fd);
        return fd < 0 && machine_allows(path, mode);
    }
    char real[PATH_BYTES_MAX];
    if (is_common_device(path)) return false;
    return machine_allows(path, mode) && resolve(path, real) && !is_always_there(call->watch->it, real);
}

/* 1 and 0 for sure, -1 when there is nothing at this path. */
static int read_only_in_room(const struct watch *watch, const char *path) {
    struct statvfs about;
    struct stat what;
    int fd = open_in_room(watch, path);
    if (fd < 0) return -1;
    bool changes_disk = fstat(fd, &what) == 0 && (S_ISREG(what.st_mode) || S_ISDIR(what.st_mode));
    bool read_only = changes_disk && fstatvfs(fd, &about) == 0 && (about.f_flag & ST_RDONLY) != 0;
    close(fd);
    return read_only ? 1 : 0;
}

/* A call that is about the name alone (it removes, moves or makes it) changes a link, not where it leads. */
static bool is_link(const struct watch *watch, const char *path) {
    struct open_how how = {.flags = O_PATH | O_CLOEXEC | O_NOFOLLOW, .resolve = RESOLVE_IN_ROOT};
    struct stat what;
    if (under_landlock(watch->it)) return lstat(path, &what) == 0 && S_ISLNK(what.st_mode);
    int fd = (int)syscall(SYS_openat2, watch->root, path, &how, sizeof(how));
    bool link = fd >= 0 && fstat(fd, &what) == 0 && S_ISLNK(what.st_mode);
    if (fd >= 0) close(fd);
    return link;
}

/* Guarded, or a folder that holds something guarded and would take it along. */
static bool is_guarded(const struct instructions *it, const char *real, bool whole) {
    size_t length = strlen(real);
    for (size_t i = 0; whole && i < it->guarded.count; i++)
        if (strncmp(it->guarded.items[i], real, length) == 0 && it->guarded.items[i][length] == '/') return true;
    return lies_in(real, &it->guarded);
}

/*
 * The folder in which a file was made last, in which the next is likely to be made as well. Mounts do
 * not change while a room lasts; if a link does, it is a report that is missing.
 */
static char writable_folder[PATH_BYTES_MAX];

static bool parent_is_writable(const struct watch *watch, const char *parent) {
    if (strcmp(parent, writable_folder) == 0) return true;
    if (read_only_in_room(watch, parent) != 0) return false;
    memcpy(writable_folder, parent, strlen(parent) + 1);
    return true;
}

static bool unwritable_by_mounts(const struct watch *watch, const char *path, bool whole) {
    char parent[PATH_BYTES_MAX];
    if (whole && is_guarded(watch->it, path, true)) return true;
    bool link = whole && is_link(watch, path);
    int read_only = link ? -1 : read_only_in_room(watch, path);
    if (read_only >= 0) return read_only == 1 && machine_allows(path, W_OK);
    parent_folder(path, parent);
    if (parent_is_writable(watch, parent)) return false;
    bool exists = !link && machine_allows(path, F_OK);
    return machine_allows(exists ? path : parent, W_OK);
}

static bool unwritable_by_rules(const struct watch *watch, const char *path, bool whole) {
    const struct instructions *it = watch->it;
    char parent[PATH_BYTES_MAX], real[PATH_BYTES_MAX];
    struct stat what;
    if (!(whole && is_link(watch, path)) && stat(path, &what) == 0) {
        if (!S_ISREG(what.st_mode) && !S_ISDIR(what.st_mode)) return false;
        if (!resolve(path, real) || !machine_allows(path, W_OK)) return false;
        return !lies_in(real, &it->writable) || is_guarded(it, real, whole);
    }
    parent_folder(path, parent);
    if (!resolve(parent, real) || !machine_allows(parent, W_OK)) return false;
    const char *name = path + strlen(parent);
    if (strlen(real) + strlen(name) + 2 > PATH_BYTES_MAX) return false;
    strcat(strcat(real, "/"), name);
    return !lies_in(real, &it->writable) || is_guarded(it, real, whole);
}

static bool unwritable(const struct call *call, const char *path, bool whole) {
    if (of_own_process(path)) return false;
    return under_landlock(call->watch->it) ? unwritable_by_rules(call->watch, path, whole)
                                           : unwritable_by_mounts(call->watch, path, whole);
}

/*
 * Mounts and rules deny. Only what is guarded within a writable tree has no rule of Landlock's; there
 * the answer itself denies, as far as an answer about memory can, and Veln looks at the files after.
 */
static int refuse_write(const struct call *call, const char *path, bool whole) {
    if (!unwritable(call, path, whole)) return 0;
    denied(call, FILE_WRITE, path);
    return under_landlock(call->watch->it) ? EACCES : 0;
}

static int look_at_write(const struct call *call, int folder, uint64_t address) {
    char path[PATH_BYTES_MAX];
    return absolute_path(call, folder, address, path) ? refuse_write(call, path, false) : 0;
}

static bool is_placeholder(const struct instructions *it, const char *path) {
    size_t length = strlen(path);
    for (size_t i = 0; i < it->placeholders.count; i++) {
        const char *known = it->placeholders.items[i];
        if (strncmp(known, path, length) == 0 && (known[length] == 0 || strcmp(known + length, "/") == 0))
            return true;
    }
    return false;
}

/* What is there already cannot be made, in a room or outside: that is no denial. */
static int look_at_make(const struct call *call, int folder, uint64_t address) {
    char path[PATH_BYTES_MAX];
    if (!absolute_path(call, folder, address, path)) return 0;
    int fd = under_landlock(call->watch->it) ? open(path, O_PATH | O_CLOEXEC | O_NOFOLLOW)
                                             : open_in_room(call->watch, path);
    if (fd >= 0) close(fd);
    if (fd >= 0 && !is_placeholder(call->watch->it, path)) return 0;
    return refuse_write(call, path, true);
}

/* What the room does not show is not there, for whoever may have an answer to that and none to EACCES. */
static int look_at_read(const struct call *call, int folder, uint64_t address, const char *kind, int mode) {
    char path[PATH_BYTES_MAX];
    if (!absolute_path(call, folder, address, path) || !hidden(call, path, mode)) return 0;
    denied(call, kind, path);
    return ENOENT;
}

/* What may not be made stands for what is on the machine: where only that can be opened, it is meant. */
static int look_at_existing(const struct call *call, int folder, uint64_t address) {
    char path[PATH_BYTES_MAX];
    if (!absolute_path(call, folder, address, path)) return 0;
    if (under_landlock(call->watch->it) || !hidden(call, path, W_OK)) return refuse_write(call, path, false);
    denied(call, FILE_WRITE, path);
    return ENOENT;
}

/* A second name would be one that nothing guards. */
static int look_at_link(const struct call *call, int from, uint64_t old, int to, uint64_t new) {
    char path[PATH_BYTES_MAX], real[PATH_BYTES_MAX];
    if (!absolute_path(call, from, old, path)) return 0;
    if (hidden(call, path, R_OK)) denied(call, FILE_READ, path);
    else if (resolve(path, real) && lies_in(real, &call->watch->it->guarded)) return refuse_write(call, path, false);
    return look_at_make(call, to, new);
}

static int look_at_open(const struct call *call, int folder, uint64_t address, uint64_t flags) {
    bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC)) != 0;
    if (writes && (flags & O_CREAT) == 0) return look_at_existing(call, folder, address);
    if (writes) return look_at_write(call, folder, address);
    if ((flags & O_PATH) == O_PATH) return 0;
    return look_at_read(call, folder, address, FILE_READ, R_OK);
}

/* What is not there cannot be changed or removed, in a room or outside. */
static int look_at_change(const struct call *call, int folder, uint64_t address, bool whole) {
    char path[PATH_BYTES_MAX];
    if (!absolute_path(call, folder, address, path)) return 0;
    if (faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) != 0) return 0;
    return refuse_write(call, path, whole);
}

static int look_at_new_place(const struct call *call, int folder, uint64_t address) {
    char path[PATH_BYTES_MAX];
    return absolute_path(call, folder, address, path) ? refuse_write(call, path, true) : 0;
}

static int look_at_move(const struct call *call, int from, uint64_t old, int to, uint64_t new) {
    int error = look_at_change(call, from, old, true);
    return error != 0 ? error : look_at_new_place(call, to, new);
}

/* ---- sockets ---- */

static bool is_allowed_port(const struct instructions *it, uint16_t port) {
    for (size_t i = 0; i < it->port_count; i++)
        if (it->ports[i] == port) return true;
    return false;
}

/* Whether anybody listens on this port, by the table of a process's network. */
static bool listens(pid_t who, const char *table, uint16_t port) {
    char path[64], line[512];
    bool found = false;
    snprintf(path, sizeof(path), "/proc/%d/net/%s", (int)who, table);
    FILE *file = fopen(path, "re");
    while (file != NULL && !found && fgets(line, sizeof(line), file) != NULL) {
        unsigned local, state;
        /* State 0A is TCP_LISTEN, 07 a UDP socket that hears everybody. */
        found = sscanf(line, " %*d: %*[0-9A-F]:%x %*[0-9A-F]:%*x %x", &local, &state) == 2 &&
                local == port && (state == 0x0A || state == 0x07);
    }
    if (file != NULL) fclose(file);
    return found;
}

static bool listens_on_either(pid_t who, uint16_t port) {
    return listens(who, "tcp", port) || listens(who, "tcp6", port) || listens(who, "udp", port) ||
           listens(who, "udp6", port);
}

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un local;
    char bytes[sizeof(struct sockaddr_storage)];
};

static bool read_address(const struct call *call, uint64_t pointer, uint64_t size, union address *into) {
    memset(into, 0, sizeof(*into));
    if (size < sizeof(sa_family_t)) return false;
    if (size > sizeof(into->bytes)) size = sizeof(into->bytes);
    return read_memory(call->who, pointer, into->bytes, (size_t)size) == size;
}

static bool is_loopback(const union address *address) {
    if (address->any.sa_family == AF_INET) return ntohl(address->v4.sin_addr.s_addr) >> 24 == 127;
    const struct in6_addr *v6 = &address->v6.sin6_addr;
    return IN6_IS_ADDR_LOOPBACK(v6) || (IN6_IS_ADDR_V4MAPPED(v6) && v6->s6_addr[12] == 127);
}

static uint16_t port_of(const union address *address) {
    return ntohs(address->any.sa_family == AF_INET ? address->v4.sin_port : address->v6.sin6_port);
}

static void print_address(const union address *address, char into[128]) {
    char host[INET6_ADDRSTRLEN] = "";
    bool v4 = address->any.sa_family == AF_INET;
    if (v4) inet_ntop(AF_INET, &address->v4.sin_addr, host, sizeof(host));
    else inet_ntop(AF_INET6, &address->v6.sin6_addr, host, sizeof(host));
    snprintf(into, 128, v4 ? "%s:%u" : "[%s]:%u", host, (unsigned)port_of(address));
}

/* A server of the room's own is nobody's business; one of the machine's is out of reach. */
static bool leaves_room(const struct call *call, const union address *address) {
    uint16_t port = port_of(address);
    if (!is_loopback(address)) return true;
    if (is_allowed_port(call->watch->it, port) && address->any.sa_family == AF_INET) return false;
    return !listens_on_either(call->who, port) && listens_on_either(getpid(), port);
}

static bool machine_has_abstract(const char *name, size_t length) {
    char line[512];
    bool found = false;
    FILE *file = fopen("/proc/net/unix", "re");
    while (file != NULL && !found && fgets(line, sizeof(line), file) != NULL) {
        const char *shown = strchr(line, '@');
        found = shown != NULL && length > 0 && strncmp(shown + 1, name, length) == 0;
    }
    if (file != NULL) fclose(file);
    return found;
}

static void look_at_local(const struct call *call, const union address *address, uint64_t size) {
    char target[sizeof(address->local.sun_path) + 2] = "";
    size_t length = (size_t)size - sizeof(sa_family_t);
    if (length > sizeof(address->local.sun_path)) length = sizeof(address->local.sun_path);
    if (length == 0) return;
    bool abstract = address->local.sun_path[0] == 0;
    memcpy(target, address->local.sun_path, length);
    if (abstract) target[0] = '@';
    if (abstract ? machine_has_abstract(target + 1, strlen(target + 1)) : machine_allows(target, F_OK))
        denied(call, UNIX_SOCKET, target);
}

/* The name in a question to a name server (RFC 1035, 4.1.2), or false. */
static bool asked_name(const unsigned char *message, size_t size, char into[300]) {
    size_t at = 12, length = 0;
    if (size < 17 || (message[2] & 0x80) != 0 || message[4] != 0 || message[5] != 1) return false;
    while (at < size && message[at] != 0) {
        size_t label = message[at++];
        if (label > 63 || at + label >= size || length + label + 2 > 256) return false;
        if (length > 0) into[length++] = '.';
        memcpy(into + length, message + at, label);
        length += label;
        at += label;
    }
    into[length] = 0;
    return length > 0 && at + 5 <= size;
}

static void look_at_question(const struct call *call, uint64_t pointer, uint64_t size) {
    unsigned char message[ANSWER_BYTES_MAX];
    char name[300];
    if (size > sizeof(message)) return;
    size_t got = read_memory(call->who, pointer, message, (size_t)size);
    if (!asked_name(message, got, name)) return;
    strcat(name, ":53");
    denied(call, NETWORK, name);
}

/* Returns an error where the call would only fail with a stranger one: no room has UNIX sockets. */
static int look_at_address(const struct call *call, uint64_t pointer, uint64_t size) {
    union address address;
    char target[128];
    if (!read_address(call, pointer, size, &address)) return 0;
    if (address.any.sa_family == AF_UNIX) {
        look_at_local(call, &address, size);
        return EACCES;
    }
    if (address.any.sa_family != AF_INET && address.any.sa_family != AF_INET6) return 0;
    if (!leaves_room(call, &address)) return 0;
    print_address(&address, target);
    denied(call, NETWORK, target);
    return 0;
}

static void look_at_message(const struct call *call, uint64_t pointer) {
    struct msghdr message;
    struct iovec part;
    if (read_memory(call->who, pointer, &message, sizeof(message)) != sizeof(message)) return;
    if (message.msg_name != NULL)
        look_at_address(call, (uintptr_t)message.msg_name, message.msg_namelen);
    if (message.msg_iovlen == 1 &&
        read_memory(call->who, (uintptr_t)message.msg_iov, &part, sizeof(part)) == sizeof(part))
        look_at_question(call, (uintptr_t)part.iov_base, part.iov_len);
}

/* The asker's own socket; some containers forbid to take it. */
static int socket_of(const struct call *call, int number) {
    int process = (int)syscall(SYS_pidfd_open, call->who, 0);
    if (process < 0) return -1;
    int fd = (int)syscall(SYS_pidfd_getfd, process, number, 0);
    close(process);
    return fd;
}

/* A server that accepts nobody must not keep the keeper from answering others. */
static int connect_soon(int fd, const union address *address) {
    struct timeval soon = {.tv_sec = CONNECT_SECONDS_MAX}, before;
    socklen_t size = sizeof(before);
    if (getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &before, &size) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &soon, sizeof(soon)) != 0)
        return EACCES;
    int error = connect(fd, &address->any, sizeof(address->v4)) == 0 ? 0 : errno;
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &before, sizeof(before));
    return error;
}

/* Puts a socket that is connected already in the place of the asker's own, with the same flags. */
static int connect_in_place(const struct call *call, const union address *address) {
    char path[64], line[128];
    unsigned flags = 0;
    int number = (int)call->asked->data.args[0];
    snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", (int)call->who, number);
    FILE *about = fopen(path, "re");
    while (about != NULL && fgets(line, sizeof(line), about) != NULL)
        if (sscanf(line, "flags: %o", &flags) == 1) break;
    if (about == NULL) return EACCES;
    fclose(about);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int error = fd < 0 ? EACCES : connect_soon(fd, address);
    if (error == 0 && (flags & O_NONBLOCK) != 0) fcntl(fd, F_SETFL, O_NONBLOCK);
    struct seccomp_notif_addfd place = {
        .id = call->asked->id,
        .flags = SECCOMP_ADDFD_FLAG_SETFD,
        .srcfd = (__u32)fd,
        .newfd = (__u32)number,
        .newfd_flags = flags & O_CLOEXEC,
    };
    if (error == 0 && ioctl(call->watch->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &place) < 0) error = EACCES;
    if (fd >= 0) close(fd);
    return error;
}

/*
 * Under Landlock there is no network of the room's own, so the connection is made here, with an
 * address that only the keeper holds, on the very socket of the asker.
 */
static int connect_for(const struct call *call) {
    const __u64 *args = call->asked->data.args;
    union address address;
    char target[128];
    if (!read_address(call, args[1], args[2], &address)) return EFAULT;
    if (address.any.sa_family == AF_UNIX) look_at_local(call, &address, args[2]);
    bool allowed = address.any.sa_family == AF_INET && is_loopback(&address) &&
                   is_allowed_port(call->watch->it, port_of(&address));
    if (!allowed && address.any.sa_family != AF_UNSPEC) {
        if (address.any.sa_family != AF_INET && address.any.sa_family != AF_INET6) return EACCES;
        print_address(&address, target);
        if (!is_loopback(&address) || listens_on_either(getpid(), port_of(&address)))
            denied(call, NETWORK, target);
        return is_loopback(&address) ? ECONNREFUSED : ENETUNREACH;
    }
    int fd = socket_of(call, (int)args[0]);
    if (fd < 0) return address.any.sa_family == AF_INET ? connect_in_place(call, &address) : EACCES;
    int error = still_asks(call) ? connect_soon(fd, &address) : EACCES;
    close(fd);
    return error;
}

/*
 * A UNIX socket could reach any service of the user's, so none is given out: the asker gets an open
 * /dev/null under the number, and its connect is heard with the name it asks for.
 */
static int hand_out_no_socket(const struct call *call) {
    struct seccomp_notif_addfd fd = {.id = call->asked->id, .flags = SECCOMP_ADDFD_FLAG_SEND};
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    fd.srcfd = (__u32)null;
    fd.newfd_flags = (call->asked->data.args[1] & SOCK_CLOEXEC) != 0 ? O_CLOEXEC : 0;
    int given = null < 0 ? -1 : ioctl(call->watch->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &fd);
    if (null >= 0) close(null);
    return given;
}

/* ---- processes ---- */

static size_t count_children(pid_t who, size_t depth, uint64_t *pages);

static uint64_t pages_of(int proc, const char *pid) {
    char path[300], text[128];
    snprintf(path, sizeof(path), "%s/statm", pid);
    int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    ssize_t got = read(fd, text, sizeof(text) - 1);
    close(fd);
    unsigned long resident, shared;
    text[got < 0 ? 0 : got] = 0;
    if (sscanf(text, "%*u %lu %lu", &resident, &shared) != 2 || shared > resident) return 0;
    return resident - shared;
}

static size_t count_in_proc(int proc, uint64_t *pages) {
    size_t count = 0;
    int copy = openat(proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = copy < 0 ? NULL : fdopendir(copy);
    if (folder == NULL) return 0;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
        count++;
        if (pages != NULL) *pages += pages_of(proc, entry->d_name);
    }
    closedir(folder);
    return count;
}

static size_t count_children_of_thread(pid_t who, const char *thread, size_t depth, uint64_t *pages) {
    char path[300];
    size_t count = 0;
    int child;
    snprintf(path, sizeof(path), "/proc/%d/task/%s/children", (int)who, thread);
    FILE *children = fopen(path, "re");
    while (children != NULL && fscanf(children, "%d", &child) == 1)
        count += count_children((pid_t)child, depth + 1, pages);
    if (children != NULL) fclose(children);
    return count;
}

static size_t count_children(pid_t who, size_t depth, uint64_t *pages) {
    enum { DEPTH_MAX = 256 };
    char path[64];
    size_t count = 1;
    snprintf(path, sizeof(path), "/proc/%d", (int)who);
    if (pages != NULL) *pages += pages_of(AT_FDCWD, path);
    snprintf(path, sizeof(path), "/proc/%d/task", (int)who);
    DIR *threads = depth > DEPTH_MAX ? NULL : opendir(path);
    if (threads == NULL) return count;
    for (const struct dirent *entry; (entry = readdir(threads)) != NULL;)
        if (entry->d_name[0] != '.') count += count_children_of_thread(who, entry->d_name, depth, pages);
    closedir(threads);
    return count;
}

static size_t look_around(const struct watch *watch, uint64_t *pages) {
    return under_landlock(watch->it) ? count_children(watch->room, 0, pages)
                                     : count_in_proc(watch->proc, pages);
}

struct crowd look_around_room(const struct watch *watch) {
    uint64_t pages = 0;
    size_t processes = look_around(watch, &pages);
    return (struct crowd){processes, pages * (uint64_t)sysconf(_SC_PAGESIZE)};
}

/* ---- which call it is ---- */

static int refuse(const struct call *call) {
    const struct instructions *it = call->watch->it;
    for (size_t i = 0; i < it->denied_count; i++) {
        if (it->denied[i].number != (uint32_t)call->asked->data.nr) continue;
        denied(call, SYSTEM_CALL, it->denied[i].name);
        return (int)it->denied[i].error;
    }
    denied(call, SYSTEM_CALL, "unknown");
    return EPERM;
}

static int look_at_connect(const struct call *call) {
    const __u64 *args = call->asked->data.args;
    if (under_landlock(call->watch->it)) return connect_for(call);
    return look_at_address(call, args[1], args[2]);
}

/* Under Landlock no port of the machine is given out; elsewhere ports are the room's own. */
static int look_at_bind(const struct call *call) {
    const __u64 *args = call->asked->data.args;
    union address address;
    char target[128];
    if (!read_address(call, args[1], args[2], &address)) return 0;
    if (address.any.sa_family == AF_UNIX && address.local.sun_path[0] != 0) {
        address.bytes[sizeof(address.bytes) - 1] = 0;
        denied(call, UNIX_SOCKET, address.local.sun_path);
    }
    if (address.any.sa_family != AF_INET && address.any.sa_family != AF_INET6) return 0;
    if (!under_landlock(call->watch->it)) return 0;
    print_address(&address, target);
    denied(call, NETWORK, target);
    return EACCES;
}

static int look_at_send(const struct call *call) {
    const __u64 *args = call->asked->data.args;
    if (under_landlock(call->watch->it)) return refuse(call);
    look_at_address(call, args[4], args[5]);
    look_at_question(call, args[1], args[2]);
    return 0;
}

/* Returns the error to answer with, or 0 to let the call go on and meet what denies. */
static int look_at(const struct call *call) {
    enum { SET_USER_ID = 04000 };
    const __u64 *args = call->asked->data.args;
    int folder = (int)args[0];
    switch (call->asked->data.nr) {
#ifdef SYS_open
    case SYS_open: return look_at_open(call, AT_FDCWD, args[0], args[1]);
    case SYS_creat: return look_at_write(call, AT_FDCWD, args[0]);
    case SYS_unlink:
    case SYS_rmdir: return look_at_change(call, AT_FDCWD, args[0], true);
    case SYS_mkdir: return look_at_make(call, AT_FDCWD, args[0]);
    case SYS_mknod:
        if (S_ISCHR(args[1]) || S_ISBLK(args[1])) return refuse(call);
        return look_at_make(call, AT_FDCWD, args[0]);
    case SYS_futimesat: return look_at_change(call, folder, args[1], false);
    case SYS_link: return look_at_link(call, AT_FDCWD, args[0], AT_FDCWD, args[1]);
    case SYS_symlink: return look_at_make(call, AT_FDCWD, args[1]);
    case SYS_rename: return look_at_move(call, AT_FDCWD, args[0], AT_FDCWD, args[1]);
    case SYS_chmod:
        if ((args[1] & SET_USER_ID) != 0) return refuse(call);
        return look_at_change(call, AT_FDCWD, args[0], false);
    case SYS_chown:
    case SYS_lchown:
    case SYS_utime:
    case SYS_utimes: return look_at_change(call, AT_FDCWD, args[0], false);
#endif
    case SYS_openat: return look_at_open(call, folder, args[1], args[2]);
    case SYS_truncate: return look_at_change(call, AT_FDCWD, args[0], false);
    case SYS_unlinkat: return look_at_change(call, folder, args[1], true);
    case SYS_mkdirat: return look_at_make(call, folder, args[1]);
    case SYS_symlinkat: return look_at_make(call, (int)args[1], args[2]);
    case SYS_linkat: return look_at_link(call, folder, args[1], (int)args[2], args[3]);
    case SYS_mknodat:
        if (S_ISCHR(args[2]) || S_ISBLK(args[2])) return refuse(call);
        return look_at_make(call, folder, args[1]);
    case SYS_setxattr:
    case SYS_lsetxattr:
    case SYS_removexattr:
    case SYS_lremovexattr:
        if (under_landlock(call->watch->it)) return refuse(call);
        return look_at_change(call, AT_FDCWD, args[0], false);
    case SYS_bind: return look_at_bind(call);
    case SYS_renameat:
    case SYS_renameat2: return look_at_move(call, folder, args[1], (int)args[2], args[3]);
    case SYS_fchownat:
    case SYS_utimensat: return look_at_change(call, folder, args[1], false);
    case SYS_fchmodat:
        if ((args[2] & SET_USER_ID) != 0) return refuse(call);
        return look_at_change(call, folder, args[1], false);
    case SYS_execve: return look_at_read(call, AT_FDCWD, args[0], EXECUTE, X_OK);
    case SYS_execveat: return look_at_read(call, folder, args[1], EXECUTE, X_OK);
    case SYS_connect: return look_at_connect(call);
    case SYS_sendto: return look_at_send(call);
    case SYS_sendmsg:
    case SYS_sendmmsg:
        if (under_landlock(call->watch->it)) return refuse(call);
        return look_at_message(call, args[1]), 0;
    default: return refuse(call);
    }
}

static bool wants_local_socket(const struct seccomp_data *data) {
    return data->nr == SYS_socket && (int)data->args[0] == AF_UNIX;
}

static void answer_one(struct watch *watch) {
    memset(asked, 0, asked_bytes);
    if (ioctl(watch->listener, SECCOMP_IOCTL_NOTIF_RECV, asked) != 0) {
        /* ENOENT: the asker died meanwhile. Anything else means that nobody is left to ask. */
        if (errno != ENOENT && errno != EINTR) pthread_exit(NULL);
        return;
    }
    struct call call = {watch, asked, (pid_t)asked->pid};
    if (wants_local_socket(&asked->data) && hand_out_no_socket(&call) >= 0) return;
    bool local = wants_local_socket(&asked->data);
    int error = local ? EACCES : look_at(&call);
    memset(answer, 0, answer_bytes);
    answer->id = asked->id;
    answer->error = -error;
    /* A connection that the keeper made is done: the call must not go on with another address. */
    bool done_here = under_landlock(watch->it) && asked->data.nr == SYS_connect;
    if (error == 0 && !done_here) answer->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    ioctl(watch->listener, SECCOMP_IOCTL_NOTIF_SEND, answer);
}
