/*
 * Run in a trial room in the place of a command: tries what the room forbids and prints a line for
 * each layer that is in force. Nothing is taken from a version or a setting.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "room.h"

/* A file and a process outside, a limit that was set, and how Veln's own namespaces are called. */
struct outside {
    const char *file;
    pid_t process;
    uint64_t file_bytes_max;
    uint16_t port; /* the one that the room may reach */
    const char *pid_namespace, *ipc_namespace, *net_namespace;
};

static bool file_is_hidden(const struct outside *outside) {
    int fd = open(outside->file, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) close(fd);
    return fd < 0 && (errno == ENOENT || errno == EACCES);
}

static bool nothing_can_be_mounted(void) {
    return mount("none", "/tmp", "tmpfs", 0, NULL) != 0 && errno == EPERM;
}

static bool process_is_out_of_reach(const struct outside *outside) {
    return kill(outside->process, 0) != 0 && errno == EPERM;
}

static bool namespace_is_own(const char *link, const char *outside) {
    char name[64];
    ssize_t length = readlink(link, name, sizeof(name) - 1);
    name[length < 0 ? 0 : length] = 0;
    return length > 0 && strcmp(name, outside) != 0;
}

static bool port_is_in_reach(uint16_t port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bool reached = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
    if (fd >= 0) close(fd);
    return reached;
}

/* To an address that nobody has (RFC 5737). */
static bool address_is_out_of_reach(void) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(9)};
    inet_pton(AF_INET, "192.0.2.1", &address.sin_addr);
    if (fd < 0) return false;
    bool out = connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0 && errno != EINPROGRESS;
    close(fd);
    return out;
}

static bool calls_are_refused(void) {
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0 && errno == EPERM &&
           syscall(SYS_keyctl, 0, 0, 0, 0, 0) < 0 && errno == EPERM;
}

static bool limits_hold(const struct outside *outside) {
    struct rlimit limit;
    return getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_max <= outside->file_bytes_max;
}

/* Whether a further rule of this kind can be made, which is how a kernel says that it has them. */
static bool landlock_has(uint64_t network, uint64_t scopes) {
    const uint64_t rules[3] = {1, network, scopes};
    size_t size = scopes != 0 ? sizeof(rules) : network != 0 ? 2 * sizeof(uint64_t) : sizeof(uint64_t);
    int fd = (int)syscall(444, rules, size, 0);
    if (fd >= 0) close(fd);
    return fd >= 0;
}

static void print_if(bool in_force, const char *layer) {
    if (in_force) puts(layer);
}

int probe(char **arguments) {
    bool landlock = strcmp(arguments[0], "landlock") == 0;
    struct outside outside = {
        .file = arguments[1],
        .process = (pid_t)atoi(arguments[2]),
        .file_bytes_max = strtoull(arguments[3], NULL, 10),
        .port = (uint16_t)atoi(arguments[4]),
        .pid_namespace = arguments[5],
        .ipc_namespace = arguments[6],
        .net_namespace = arguments[7],
    };
    bool hidden = file_is_hidden(&outside) && nothing_can_be_mounted();
    print_if(hidden, landlock ? "landlock-files" : "mounts");
    print_if(port_is_in_reach(outside.port), "port");
    print_if(calls_are_refused(), "system-calls");
    print_if(limits_hold(&outside), "limits");
    if (landlock) {
        print_if(address_is_out_of_reach(), "network");
        print_if(landlock_has(1, 0), "landlock-network");
        print_if(landlock_has(1, 1) && process_is_out_of_reach(&outside), "landlock-scopes");
        return 0;
    }
    print_if(address_is_out_of_reach() && namespace_is_own("/proc/self/ns/net", outside.net_namespace), "network");
    print_if(namespace_is_own("/proc/self/ns/pid", outside.pid_namespace), "processes");
    print_if(namespace_is_own("/proc/self/ns/ipc", outside.ipc_namespace), "ipc");
    return 0;
}
