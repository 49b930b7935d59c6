/*
 * The native half of the Linux sandbox. One program, two parts:
 *
 *   keeper  runs outside the room as the user who called Veln. It starts the room, passes signals on,
 *           watches limits, answers the system calls that the filter hands to it and writes down
 *           what was denied. The command cannot reach it.
 *   inside  runs in the room, before and beside the command: opens the ports that lead out, lays the
 *           filter on the command, waits for it and ends whatever it leaves running.
 *
 * Every byte that comes from a process in the room (paths, addresses, environment, names) is hostile,
 * and may change while it is looked at. So nothing that is let through depends on what was read of it:
 * mounts, namespaces, Landlock and numbers in registers deny; what is read serves reports, and calls
 * which are then refused or done by the keeper itself.
 */
#ifndef VELN_ROOM_H
#define VELN_ROOM_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The descriptors that Veln and the keeper hand down. */
enum { INSTRUCTIONS_FD = 3, REPORTS_FD = 4, CONTROL_FD = 5 };

/* The exit status when the room could not be set up and the command was not started. */
enum { NOT_STARTED_STATUS = 125 };

enum {
    PORTS_MAX = 32,
    DENIED_CALLS_MAX = 256,
    FILTER_STEPS_MAX = 4096,
    PATH_BYTES_MAX = 4096,
};

struct texts {
    char **items; /* ends in NULL, so that it can be handed to exec */
    size_t count;
};

struct denied_call {
    uint32_t number;
    uint32_t error;
    const char *name;
};

struct instructions {
    struct texts launcher; /* what builds the room around "inside"; none under Landlock */
    struct texts command;
    struct texts environment;
    struct texts readable, writable, guarded;
    struct texts placeholders; /* empty folders (with a slash) and files to remove with the room */
    const char *folder;
    uint16_t ports[PORTS_MAX];
    size_t port_count;
    struct sock_filter filter[FILTER_STEPS_MAX];
    size_t filter_count;
    struct denied_call denied[DENIED_CALLS_MAX];
    size_t denied_count;
    bool listens; /* the filter asks the keeper about some calls */
    uint64_t processes_max, memory_bytes_max, file_bytes_max, disk_bytes_max;
    uint64_t timeout_ms; /* 0 for none */
};

/* Returns NULL, or what is wrong with the instructions. */
const char *read_instructions(int fd, struct instructions *into);
/* Writes them as they were read; for the test that both sides mean the same. */
void print_instructions(const struct instructions *it);
bool under_landlock(const struct instructions *it);

int keep(const struct instructions *it);
int inside(const struct instructions *it);
/*
 * "bubblewrap" or "landlock", a file and a process outside, the limit of a file's bytes, the port that may
 * be reached, and Veln's own namespaces for processes, IPC and network, as the links in /proc/self/ns
 * name them.
 */
enum { PROBE_ARGUMENTS = 8 };
int probe(char **arguments);

/* What "inside" sends to the keeper, with descriptors, once the filter is on. */
struct arrival {
    bool has_listener;
    uint32_t port_count;
};
enum { ROOT_FOLDER, PROC_FOLDER, LISTENER, FIRST_PORT, ARRIVAL_FDS_MAX = FIRST_PORT + PORTS_MAX };
bool send_arrival(int control, const struct arrival *arrival, const int *fds, size_t count);
/* Returns the number of descriptors, or -1. */
int receive_arrival(int control, struct arrival *arrival, int fds[ARRIVAL_FDS_MAX]);

/* The kinds of denials, as src/act/sandbox/room.ts names them. */
extern const char FILE_READ[], FILE_WRITE[], EXECUTE[], NETWORK[], UNIX_SOCKET[], SYSTEM_CALL[],
    LIMIT[];
/* `who` is a process as the keeper sees it, or 0. */
void report(const char *kind, const char *target, pid_t who);
void report_not_started(const char *why);
void finish_reports(void);

struct watch {
    const struct instructions *it;
    int listener;
    int root; /* "/" of the room */
    int proc; /* /proc of the room */
    pid_t room; /* the first process, as the keeper sees it */
};
/* Answers from now on, in a thread of its own. */
bool start_watch(struct watch *watch);
struct crowd {
    size_t processes;
    uint64_t memory_bytes;
};
struct crowd look_around_room(const struct watch *watch);

/* Lets the file rules of the instructions bind the calling process; NULL or what failed. */
const char *enter_landlock(const struct instructions *it);

/* Passes bytes between the room's ports and the same ports of the machine; never returns. */
void relay(const uint16_t *ports, const int *listeners, size_t count);

#endif
