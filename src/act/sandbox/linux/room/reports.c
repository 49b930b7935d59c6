/*
 * What was denied, one line each into REPORTS_FD: `KIND TIMES TARGET BY PROGRAM`, the last three in
 * hexadecimal because the room wrote them. The same denial again is counted, not written again; its
 * line comes once more at the end, with the whole count. More than the table holds are only counted.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "room.h"

const char FILE_READ[] = "file-read", FILE_WRITE[] = "file-write", EXECUTE[] = "execute",
           NETWORK[] = "network", UNIX_SOCKET[] = "unix-socket", SYSTEM_CALL[] = "system-call",
           LIMIT[] = "limit";

enum {
    KEPT_MAX = 1024,
    TARGET_BYTES_MAX = 512,
    BY_BYTES_MAX = 300,
    PROGRAM_BYTES_MAX = 16,
    ENVIRONMENT_BYTES_MAX = 64 * 1024,
    ANCESTORS_MAX = 64,
};

struct denial {
    const char *kind;
    char *target, *by, *program;
    unsigned long times;
};

static struct denial kept[KEPT_MAX];
static size_t kept_count;
static unsigned long dropped;

static ssize_t read_file_of(pid_t who, const char *name, char *into, size_t size) {
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/%s", (int)who, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    size_t have = 0;
    while (have < size) {
        ssize_t got = read(fd, into + have, size - have);
        if (got <= 0) break;
        have += (size_t)got;
    }
    close(fd);
    return (ssize_t)have;
}

static void program_of(pid_t who, char into[PROGRAM_BYTES_MAX + 1]) {
    ssize_t got = who == 0 ? -1 : read_file_of(who, "comm", into, PROGRAM_BYTES_MAX);
    into[got < 0 ? 0 : got] = 0;
    into[strcspn(into, "\n")] = 0;
}

static pid_t parent_of(pid_t who) {
    char stat[512];
    ssize_t got = read_file_of(who, "stat", stat, sizeof(stat) - 1);
    stat[got < 0 ? 0 : got] = 0;
    /* The name in brackets is the process's own choice; the numbers come after the last one. */
    const char *after = strrchr(stat, ')');
    int parent = 0;
    if (after == NULL || sscanf(after + 1, " %*c %d", &parent) != 1) return 0;
    return (pid_t)parent;
}

static const char *value_of(const char *environment, size_t size, const char *name) {
    size_t length = strlen(name);
    const char *end = environment + size;
    for (const char *at = environment; at < end; at += strnlen(at, (size_t)(end - at)) + 1)
        if (strncmp(at, name, length) == 0 && at[length] == '=') return at + length + 1;
    return NULL;
}

static bool package_of(pid_t who, char into[BY_BYTES_MAX]) {
    static char environment[ENVIRONMENT_BYTES_MAX + 1];
    ssize_t got = read_file_of(who, "environ", environment, ENVIRONMENT_BYTES_MAX);
    if (got <= 0) return false;
    environment[got] = 0;
    const char *name = value_of(environment, (size_t)got, "npm_package_name");
    const char *version = value_of(environment, (size_t)got, "npm_package_version");
    if (name == NULL || *name == 0) return false;
    snprintf(into, BY_BYTES_MAX, "%s@%s", name, version == NULL ? "" : version);
    return true;
}

/*
 * A script can write any name into its own environment, so the eldest ancestor that has one counts:
 * the shell that the package manager started. A process whose parents are gone speaks for itself.
 * From the keeper upward stand Veln and whoever started it, who belong to no package of this room.
 */
static void culprit_of(pid_t who, char into[BY_BYTES_MAX]) {
    char name[BY_BYTES_MAX];
    into[0] = 0;
    pid_t keeper = getpid();
    for (int i = 0; who > 1 && who != keeper && i < ANCESTORS_MAX; i++, who = parent_of(who))
        if (package_of(who, name)) strcpy(into, name);
}

static void write_hex(FILE *out, const char *text) {
    if (*text == 0) fputc('-', out);
    for (; *text != 0; text++) fprintf(out, "%02x", (unsigned char)*text);
}

static void write_denial(const struct denial *denial) {
    char line[4096];
    FILE *out = fmemopen(line, sizeof(line), "w");
    if (out == NULL) return;
    fprintf(out, "%s %lu ", denial->kind, denial->times);
    write_hex(out, denial->target);
    fputc(' ', out);
    write_hex(out, denial->by);
    fputc(' ', out);
    write_hex(out, denial->program);
    fputc('\n', out);
    long size = ftell(out);
    fclose(out);
    if (size > 0 && write(REPORTS_FD, line, (size_t)size) < 0) dropped++;
}

/* Limits are reported from another thread than all else. */
static pthread_mutex_t writing = PTHREAD_MUTEX_INITIALIZER;

static void keep_denial(const char *kind, const char *target, const char *by, const char *program) {
    char *cut = strndup(target, TARGET_BYTES_MAX);
    if (cut == NULL) return;
    for (size_t i = 0; i < kept_count; i++) {
        struct denial *known = &kept[i];
        if (known->kind == kind && strcmp(known->target, cut) == 0 && strcmp(known->by, by) == 0 &&
            strcmp(known->program, program) == 0) {
            known->times++;
            free(cut);
            return;
        }
    }
    if (kept_count == KEPT_MAX) {
        dropped++;
        free(cut);
        return;
    }
    kept[kept_count] = (struct denial){kind, cut, strdup(by), strdup(program), 1};
    if (kept[kept_count].by != NULL && kept[kept_count].program != NULL) write_denial(&kept[kept_count++]);
}

void report(const char *kind, const char *target, pid_t who) {
    char program[PROGRAM_BYTES_MAX + 1] = "", by[BY_BYTES_MAX] = "";
    program_of(who, program);
    if (who != 0) culprit_of(who, by);
    pthread_mutex_lock(&writing);
    keep_denial(kind, target, by, program);
    pthread_mutex_unlock(&writing);
}

void report_not_started(const char *why) {
    struct denial line = {"not-started", (char *)(uintptr_t)why, (char *)(uintptr_t) "",
                          (char *)(uintptr_t) "", 1};
    write_denial(&line);
}

void finish_reports(void) {
    /* Never unlocked again: nothing is to be written behind the last line. */
    pthread_mutex_lock(&writing);
    for (size_t i = 0; i < kept_count; i++)
        if (kept[i].times > 1) write_denial(&kept[i]);
    struct denial line = {"dropped", (char *)(uintptr_t) "", (char *)(uintptr_t) "",
                          (char *)(uintptr_t) "", dropped};
    write_denial(&line);
}
