/*
 * The first process of the room. Under bubblewrap it is process 1 of its own numbering: when it ends
 * the kernel ends all others. Under Landlock it adopts what the command leaves behind and ends it.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "room.h"

#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

enum {
    /* Threads count as well, and one Node has a dozen. The keeper counts processes, now and then. */
    TASKS_PER_PROCESS = 8,
    PORT_QUEUE = 128,
    CLOSE_ON_EXEC = 1 << 2, /* CLOSE_RANGE_CLOEXEC */
};

/* How far the command's process got before exec, written into a pipe. */
struct progress {
    int listener; /* a descriptor that both share, or -1 */
    int error;
    char what[32];
};

static int listen_on(uint16_t port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(fd, PORT_QUEUE) != 0)
        return -1;
    return fd;
}

static bool limit_to(int resource, uint64_t value) {
    struct rlimit now;
    if (getrlimit((__rlimit_resource_t)resource, &now) != 0) return false;
    rlim_t most = now.rlim_max == RLIM_INFINITY || now.rlim_max > value ? value : now.rlim_max;
    struct rlimit limit = {most, most};
    return setrlimit((__rlimit_resource_t)resource, &limit) == 0;
}

static bool set_limits(const struct instructions *it) {
    if (!limit_to(RLIMIT_FSIZE, it->file_bytes_max) || !limit_to(RLIMIT_CORE, 0)) return false;
    /* Under Landlock the kernel would count every process of the user, also outside. */
    return under_landlock(it) || limit_to(RLIMIT_NPROC, it->processes_max * TASKS_PER_PROCESS);
}

static bool drop_capabilities(void) {
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};
    /* Ends with the first number that the kernel does not know, or with no right to drop any. */
    for (unsigned long capability = 0; prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0; capability++) continue;
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    return syscall(SYS_capset, &head, none) == 0;
}

static int install_filter(const struct instructions *it) {
    struct sock_fprog program = {(unsigned short)it->filter_count,
                                 (struct sock_filter *)(uintptr_t)it->filter};
    if (!it->listens) return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) - 1;
    unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
    int fd = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                          flags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &program);
    if (fd < 0 && errno == EINVAL)
        fd = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
    return fd < 0 ? -2 : fd;
}

static void give_up(int progress_fd, const char *what) {
    struct progress progress = {.listener = -1, .error = errno};
    snprintf(progress.what, sizeof(progress.what), "%s", what);
    if (write(progress_fd, &progress, sizeof(progress)) < 0) _exit(NOT_STARTED_STATUS);
    _exit(NOT_STARTED_STATUS);
}

static void reset_signals(void) {
    sigset_t none;
    sigemptyset(&none);
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    /* The room is a process group of its own on the terminal: nobody could wake it up again. */
    signal(SIGTSTP, SIG_IGN);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Never returns. Shares its descriptors with the process that waits for it, until exec. */
static void become_command(const struct instructions *it, int progress_fd, int go_fd) {
    char go;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0);
    reset_signals();
    if (chdir(it->folder) != 0) give_up(progress_fd, "the working folder");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) give_up(progress_fd, "no new privileges");
    if (!set_limits(it)) give_up(progress_fd, "limits");
    if (!drop_capabilities()) give_up(progress_fd, "dropping capabilities");
    if (under_landlock(it)) {
        const char *failed = enter_landlock(it);
        if (failed != NULL) give_up(progress_fd, failed);
    }
    struct progress progress = {.listener = install_filter(it), .error = 0};
    if (progress.listener < -1) give_up(progress_fd, "the system call filter");
    if (write(progress_fd, &progress, sizeof(progress)) != sizeof(progress)) _exit(NOT_STARTED_STATUS);
    if (read(go_fd, &go, 1) != 1) _exit(NOT_STARTED_STATUS);
    /* Whoever started Veln may have left descriptors open, to anything. */
    syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, CLOSE_ON_EXEC);
    static char *empty[] = {NULL};
    environ = it->environment.items == NULL ? empty : it->environment.items;
    execvp(it->command.items[0], it->command.items);
    int error = errno;
    fprintf(stderr, "%s cannot be started: %s\n", it->command.items[0], strerror(error));
    _exit(error == ENOENT ? 127 : 126);
}

/* A fork that keeps one table of descriptors for both: the filter's listener appears here as well. */
static pid_t fork_sharing_descriptors(void) {
    return (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
}

static void claim_terminal(pid_t group) {
    int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
    if (terminal < 0) return;
    /* SIGTTOU is blocked with all other signals, so a background group may do this. */
    tcsetpgrp(terminal, group);
    close(terminal);
}

static void end_leftovers(void) {
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
    /* What is ended hands its children to this process, so a few rounds find them all. */
    for (;;) {
        FILE *children = fopen(path, "re");
        int child;
        while (children != NULL && fscanf(children, "%d", &child) == 1) kill(child, SIGKILL);
        if (children != NULL) fclose(children);
        if (waitpid(-1, NULL, 0) < 0 && errno == ECHILD) return;
    }
}

/* Passes on what the keeper says, reaps, and returns the command's status as shells have it. */
static int wait_for(pid_t command, int control, int signals) {
    struct pollfd watched[2] = {{control, POLLIN, 0}, {signals, POLLIN, 0}};
    for (;;) {
        poll(watched, 2, -1);
        if (watched[0].revents != 0) {
            unsigned char number;
            /* The keeper is gone, and with it whoever asked for the command. */
            if (recv(control, &number, 1, 0) != 1) {
                kill(command, SIGKILL);
                return 128 + SIGKILL;
            }
            kill(command, number);
        }
        struct signalfd_siginfo about;
        if (watched[1].revents != 0 && read(signals, &about, sizeof(about)) < 0) continue;
        int status;
        for (pid_t ended; (ended = waitpid(-1, &status, WNOHANG)) > 0;)
            if (ended == command)
                return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
}

static int fail(int control, const char *what, int error) {
    char why[128];
    snprintf(why, sizeof(why), "!%s: %s", what, strerror(error));
    send(control, why, strlen(why), MSG_NOSIGNAL);
    return NOT_STARTED_STATUS;
}

/* Hands over what the keeper needs, and hears whether the command is to own the terminal. */
static bool introduce(int control, const struct instructions *it, int listener, const int *ports, pid_t command) {
    int fds[ARRIVAL_FDS_MAX] = {open("/", O_PATH | O_CLOEXEC), open("/proc", O_RDONLY | O_CLOEXEC)};
    struct arrival arrival = {listener >= 0, (uint32_t)it->port_count};
    size_t count = LISTENER;
    if (listener >= 0) fds[count++] = listener;
    if (!under_landlock(it)) memcpy(fds + count, ports, it->port_count * sizeof(int));
    else arrival.port_count = 0;
    count += arrival.port_count;
    if (!send_arrival(control, &arrival, fds, count)) return false;
    for (size_t i = 0; i < count; i++) close(fds[i]);
    char answer;
    if (recv(control, &answer, 1, 0) != 1) return false;
    if (answer == 't') claim_terminal(command);
    return true;
}

int inside(const struct instructions *it) {
    int progress_pipe[2], go_pipe[2], ports[PORTS_MAX] = {0};
    int control = CONTROL_FD;
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    /* Its memory and its folder in /proc are closed to the command, which has the same user. */
    prctl(PR_SET_DUMPABLE, 0);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    fcntl(control, F_SETFD, FD_CLOEXEC);
    fcntl(INSTRUCTIONS_FD, F_SETFD, FD_CLOEXEC);
    int signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
    for (size_t i = 0; !under_landlock(it) && i < it->port_count; i++)
        if ((ports[i] = listen_on(it->ports[i])) < 0) return fail(control, "a port of the room", errno);
    if (signals < 0 || pipe2(progress_pipe, O_CLOEXEC) != 0 || pipe2(go_pipe, O_CLOEXEC) != 0)
        return fail(control, "descriptors", errno);
    pid_t command = fork_sharing_descriptors();
    if (command < 0) return fail(control, "a first process", errno);
    if (command == 0) become_command(it, progress_pipe[1], go_pipe[0]);
    struct progress progress;
    if (read(progress_pipe[0], &progress, sizeof(progress)) != sizeof(progress))
        return fail(control, "the first process", ECHILD);
    if (progress.error != 0) return fail(control, progress.what, progress.error);
    if (!introduce(control, it, progress.listener, ports, command) || write(go_pipe[1], "g", 1) != 1) {
        kill(command, SIGKILL);
        return NOT_STARTED_STATUS;
    }
    int status = wait_for(command, control, signals);
    if (under_landlock(it)) {
        send(control, "e", 1, MSG_NOSIGNAL);
        end_leftovers();
    }
    return status;
}
