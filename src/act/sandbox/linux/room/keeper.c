/*
 * The keeper stands between Veln and the room: it starts the room and does not end before it has.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "room.h"

enum { LOOK_EVERY_MS = 200, ENDING_MS_MAX = 5000, FILE_SYSTEMS_MAX = 64 };

struct file_system {
    const char *path;
    uint64_t used_bytes;
};

struct keeper {
    const struct instructions *it;
    struct watch watch;
    int control, signals;
    pid_t room, relay, owner;
    bool arrived, heard_all, over_limit;
    uint64_t started_ms, looked_ms, ending_since_ms;
    struct file_system file_systems[FILE_SYSTEMS_MAX];
    size_t file_system_count;
};

static uint64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static bool used_bytes(const char *path, uint64_t *bytes) {
    struct statvfs about;
    if (statvfs(path, &about) != 0) return false;
    *bytes = (uint64_t)(about.f_blocks - about.f_bfree) * about.f_frsize;
    return true;
}

static void note_file_systems(struct keeper *keeper) {
    dev_t seen[FILE_SYSTEMS_MAX];
    for (size_t i = 0; i < keeper->it->writable.count; i++) {
        struct stat about;
        struct file_system next = {.path = keeper->it->writable.items[i]};
        size_t known = 0;
        if (keeper->file_system_count == FILE_SYSTEMS_MAX || stat(next.path, &about) != 0) continue;
        while (known < keeper->file_system_count && seen[known] != about.st_dev) known++;
        if (known < keeper->file_system_count || !used_bytes(next.path, &next.used_bytes)) continue;
        seen[keeper->file_system_count] = about.st_dev;
        keeper->file_systems[keeper->file_system_count++] = next;
    }
}

static bool owns_terminal(void) {
    int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
    if (terminal < 0) return false;
    bool owns = tcgetpgrp(terminal) == getpgrp();
    close(terminal);
    return owns;
}

static void take_terminal_back(void) {
    int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
    if (terminal < 0) return;
    tcsetpgrp(terminal, getpgrp());
    close(terminal);
}

static void start_room(struct keeper *keeper, int control) {
    sigset_t none;
    sigemptyset(&none);
    close(REPORTS_FD);
    close(keeper->control);
    if (dup2(control, CONTROL_FD) != CONTROL_FD) _exit(NOT_STARTED_STATUS);
    /* "inside" hears by the control socket that its keeper is gone, and ends the room before itself. */
    if (under_landlock(keeper->it)) exit(inside(keeper->it));
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    /* A signal to the whole process group is the command's to answer, not the launcher's. */
    for (size_t i = 0; i < 4; i++) signal((const int[]){SIGINT, SIGTERM, SIGHUP, SIGQUIT}[i], SIG_IGN);
    sigprocmask(SIG_SETMASK, &none, NULL);
    static char *empty[] = {NULL};
    execve(keeper->it->launcher.items[0], keeper->it->launcher.items, empty);
    _exit(NOT_STARTED_STATUS);
}

static void start_relay(struct keeper *keeper, const int *listeners, size_t count) {
    keeper->relay = fork();
    if (keeper->relay != 0) return;
    relay(keeper->it->ports, listeners, count);
}

/* The room's first word: what to watch and where to listen, or why it could not be made. */
static bool welcome(struct keeper *keeper) {
    struct arrival arrival;
    int fds[ARRIVAL_FDS_MAX];
    int count = receive_arrival(keeper->control, &arrival, fds);
    if (count < LISTENER) return false;
    keeper->arrived = true;
    keeper->watch.root = fds[ROOT_FOLDER];
    keeper->watch.proc = fds[PROC_FOLDER];
    int first_port = arrival.has_listener ? FIRST_PORT : LISTENER;
    if (arrival.has_listener) keeper->watch.listener = fds[LISTENER];
    if (arrival.port_count > 0) start_relay(keeper, fds + first_port, arrival.port_count);
    for (int i = first_port; i < count; i++) close(fds[i]);
    if (arrival.has_listener && !start_watch(&keeper->watch)) return false;
    return send(keeper->control, owns_terminal() ? "t" : "-", 1, MSG_NOSIGNAL) == 1;
}

static void end_room(struct keeper *keeper) {
    if (keeper->ending_since_ms == 0) keeper->ending_since_ms = now_ms();
    /* "inside" ends the room when its keeper has nothing more to say. */
    shutdown(keeper->control, SHUT_RDWR);
}

static void hear_room(struct keeper *keeper) {
    char word;
    if (!keeper->arrived) {
        if (!welcome(keeper)) end_room(keeper);
        keeper->heard_all = !keeper->arrived;
        return;
    }
    /* "inside" says when the command has ended; nothing comes after that. */
    keeper->heard_all = recv(keeper->control, &word, 1, 0) <= 1;
}

static void pass_on(struct keeper *keeper, const struct signalfd_siginfo *about) {
    /* What a terminal sends has reached the command already; the kernel says so. */
    bool from_terminal = about->ssi_code > 0;
    unsigned char number = (unsigned char)about->ssi_signo;
    if (getppid() != keeper->owner) end_room(keeper);
    else if (!from_terminal && keeper->arrived) send(keeper->control, &number, 1, MSG_NOSIGNAL);
}

static void over_limit(struct keeper *keeper, const char *limit) {
    if (!keeper->over_limit) report(LIMIT, limit, 0);
    keeper->over_limit = true;
    end_room(keeper);
}

static void look_at_limits(struct keeper *keeper) {
    const struct instructions *it = keeper->it;
    uint64_t now = now_ms();
    if (now - keeper->looked_ms < LOOK_EVERY_MS) return;
    keeper->looked_ms = now;
    /* A launcher that hangs has not started the room yet; under Landlock nothing can hang there. */
    if (keeper->ending_since_ms != 0 && now - keeper->ending_since_ms > ENDING_MS_MAX)
        kill(keeper->room, SIGKILL);
    if (it->timeout_ms != 0 && now - keeper->started_ms > it->timeout_ms) over_limit(keeper, "time");
    for (size_t i = 0; i < keeper->file_system_count; i++) {
        uint64_t used;
        const struct file_system *file_system = &keeper->file_systems[i];
        if (used_bytes(file_system->path, &used) && used > file_system->used_bytes + it->disk_bytes_max)
            over_limit(keeper, "disk");
    }
    if (!keeper->arrived) return;
    struct crowd crowd = look_around_room(&keeper->watch);
    if (crowd.memory_bytes > it->memory_bytes_max) over_limit(keeper, "memory");
    if (crowd.processes > it->processes_max) over_limit(keeper, "processes");
}

/* Returns whether the room has ended, with its status. */
static bool reap(struct keeper *keeper, int *status) {
    int raw;
    for (pid_t ended; (ended = waitpid(-1, &raw, WNOHANG)) > 0;) {
        if (ended != keeper->room) continue;
        *status = WIFSIGNALED(raw) ? 128 + WTERMSIG(raw) : WEXITSTATUS(raw);
        return true;
    }
    return false;
}

static int serve_room(struct keeper *keeper) {
    int status = NOT_STARTED_STATUS;
    for (;;) {
        struct pollfd watched[2] = {
            {keeper->signals, POLLIN, 0},
            {keeper->heard_all ? -1 : keeper->control, POLLIN, 0},
        };
        poll(watched, 2, LOOK_EVERY_MS);
        if (watched[1].revents != 0) hear_room(keeper);
        if (watched[0].revents != 0) {
            struct signalfd_siginfo about;
            while (read(keeper->signals, &about, sizeof(about)) == sizeof(about))
                if (about.ssi_signo != SIGCHLD) pass_on(keeper, &about);
            if (reap(keeper, &status)) return status;
        }
        look_at_limits(keeper);
    }
}

/* Empty folders, whose names end in a slash, and empty files: what somebody filled since stays. */
static void remove_placeholders(const struct texts *placeholders) {
    for (size_t i = placeholders->count; i > 0; i--) {
        const char *path = placeholders->items[i - 1];
        struct stat about;
        if (path[strlen(path) - 1] == '/') rmdir(path);
        else if (lstat(path, &about) == 0 && S_ISREG(about.st_mode) && about.st_size == 0) unlink(path);
    }
}

int keep(const struct instructions *it) {
    static struct keeper keeper;
    int control[2];
    sigset_t handled;
    keeper.it = it;
    keeper.owner = getppid();
    keeper.started_ms = now_ms();
    keeper.watch.it = it;
    keeper.watch.root = keeper.watch.proc = keeper.watch.listener = -1;
    prctl(PR_SET_DUMPABLE, 0);
    /* Whatever else Veln or its caller has open is theirs: an open folder is a way out of every room. */
    if (syscall(SYS_close_range, REPORTS_FD + 1, ~0U, 0) != 0) {
        report_not_started("foreign descriptors cannot be closed");
        return NOT_STARTED_STATUS;
    }
    /* Not SIGKILL: what was laid out for the room has to be taken away. */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    sigfillset(&handled);
    sigprocmask(SIG_SETMASK, &handled, NULL);
    keeper.signals = signalfd(-1, &handled, SFD_CLOEXEC | SFD_NONBLOCK);
    if (keeper.signals < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) != 0) {
        report_not_started("the keeper has no descriptors left");
        return NOT_STARTED_STATUS;
    }
    note_file_systems(&keeper);
    keeper.control = control[0];
    keeper.room = fork();
    if (keeper.room == 0) start_room(&keeper, control[1]);
    keeper.watch.room = keeper.room;
    close(control[1]);
    int status = serve_room(&keeper);
    if (keeper.relay > 0) kill(keeper.relay, SIGKILL);
    take_terminal_back();
    /* Veln does that itself while it lives: it knows of other rooms in the same project. */
    if (getppid() != keeper.owner) remove_placeholders(&it->placeholders);
    finish_reports();
    return status;
}
