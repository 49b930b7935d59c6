/*
 * Instructions are written by Veln, in the format of instructions.ts: a first line, then records of a
 * tag, a length (32 bits, little endian) and that many bytes. Texts end in a NUL and hold no other.
 * The last record is empty and says that none is missing.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "room.h"

static const char FIRST_LINE[] = "veln room 1\n";
enum { BYTES_MAX = 8 * 1024 * 1024, TEXTS_MAX = 64 * 1024, RECORD_HEAD = 5 };

struct record {
    char tag;
    size_t size;
    char *bytes;
};

bool under_landlock(const struct instructions *it) { return it->launcher.count == 0; }

static uint32_t number32(const char *bytes) {
    uint32_t value = 0;
    for (int i = 3; i >= 0; i--) value = value << 8 | (unsigned char)bytes[i];
    return value;
}

static bool is_text(const struct record *record) {
    return record->size > 0 && memchr(record->bytes, 0, record->size) == record->bytes + record->size - 1;
}

static struct texts *texts_of(struct instructions *it, char tag) {
    switch (tag) {
    case 'L': return &it->launcher;
    case 'c': return &it->command;
    case 'e': return &it->environment;
    case 'r': return &it->readable;
    case 'w': return &it->writable;
    case 'g': return &it->guarded;
    case 'h': return &it->placeholders;
    default: return NULL;
    }
}

static uint64_t *number_of(struct instructions *it, char tag) {
    switch (tag) {
    case 'P': return &it->processes_max;
    case 'M': return &it->memory_bytes_max;
    case 'F': return &it->file_bytes_max;
    case 'D': return &it->disk_bytes_max;
    case 'T': return &it->timeout_ms;
    default: return NULL;
    }
}

static const char *take_text(struct texts *texts, const struct record *record) {
    if (!is_text(record)) return "a text is not one";
    if (texts->count >= TEXTS_MAX) return "too many texts";
    /* Room for one more and the NULL at the end, doubled each time it is full. */
    if ((texts->count & (texts->count + 1)) == 0) {
        char **grown = realloc(texts->items, (2 * texts->count + 2) * sizeof(char *));
        if (grown == NULL) return "out of memory";
        texts->items = grown;
    }
    texts->items[texts->count++] = record->bytes;
    texts->items[texts->count] = NULL;
    return NULL;
}

static const char *take_denied_call(struct instructions *it, const struct record *record) {
    if (it->denied_count == DENIED_CALLS_MAX) return "too many denied calls";
    if (record->size < 9 || record->bytes[record->size - 1] != 0) return "a denied call is none";
    it->denied[it->denied_count++] = (struct denied_call){
        .number = number32(record->bytes),
        .error = number32(record->bytes + 4),
        .name = record->bytes + 8,
    };
    return NULL;
}

static const char *take_filter(struct instructions *it, const struct record *record) {
    if (record->size % sizeof(struct sock_filter) != 0 || record->size > sizeof(it->filter))
        return "the filter is none";
    memcpy(it->filter, record->bytes, record->size);
    it->filter_count = record->size / sizeof(struct sock_filter);
    return NULL;
}

static const char *take_port(struct instructions *it, uint64_t port) {
    if (it->port_count == PORTS_MAX || port == 0 || port > UINT16_MAX) return "a port is none";
    it->ports[it->port_count++] = (uint16_t)port;
    return NULL;
}

static const char *take_record(struct instructions *it, const struct record *record) {
    struct texts *texts = texts_of(it, record->tag);
    if (texts != NULL) return take_text(texts, record);
    if (record->tag == 'b') return take_filter(it, record);
    if (record->tag == 'n') return take_denied_call(it, record);
    if (record->tag == 'd') {
        it->folder = record->bytes;
        return is_text(record) ? NULL : "a text is not one";
    }
    if (record->size != 8) return "a number is none";
    uint64_t value = number32(record->bytes) | (uint64_t)number32(record->bytes + 4) << 32;
    if (record->tag == 'p') return take_port(it, value);
    if (record->tag == 'i') {
        it->listens = value == 1;
        return NULL;
    }
    uint64_t *number = number_of(it, record->tag);
    if (number == NULL) return "a record is unknown";
    *number = value;
    return NULL;
}

static char *read_whole(int fd, size_t *size) {
    struct stat about;
    if (fstat(fd, &about) != 0 || about.st_size <= 0 || about.st_size > BYTES_MAX) return NULL;
    *size = (size_t)about.st_size;
    char *bytes = malloc(*size);
    size_t have = 0;
    while (bytes != NULL && have < *size) {
        /* By position: keeper and inside share the descriptor, and with it the offset. */
        ssize_t got = pread(fd, bytes + have, *size - have, (off_t)have);
        if (got <= 0) return NULL;
        have += (size_t)got;
    }
    return bytes;
}

const char *read_instructions(int fd, struct instructions *into) {
    memset(into, 0, sizeof(*into));
    size_t size = 0;
    char *bytes = read_whole(fd, &size);
    size_t at = sizeof(FIRST_LINE) - 1;
    if (bytes == NULL || size < at || memcmp(bytes, FIRST_LINE, at) != 0) return "there are none";
    bool ended = false;
    while (at < size) {
        if (ended) return "something follows their end";
        if (size - at < RECORD_HEAD) return "a record is cut short";
        struct record record = {bytes[at], number32(bytes + at + 1), bytes + at + RECORD_HEAD};
        if (record.size > size - at - RECORD_HEAD) return "a record is cut short";
        ended = record.tag == 'z' && record.size == 0;
        const char *wrong = ended ? NULL : take_record(into, &record);
        if (wrong != NULL) return wrong;
        at += RECORD_HEAD + record.size;
    }
    if (!ended) return "they are cut short";
    if (into->command.count == 0 || into->folder == NULL || into->filter_count == 0)
        return "they name no command, no folder or no filter";
    return NULL;
}

static void print_texts(const char *name, const struct texts *texts) {
    for (size_t i = 0; i < texts->count; i++) printf("%s %s\n", name, texts->items[i]);
}

void print_instructions(const struct instructions *it) {
    print_texts("launcher", &it->launcher);
    print_texts("command", &it->command);
    print_texts("environment", &it->environment);
    print_texts("readable", &it->readable);
    print_texts("writable", &it->writable);
    print_texts("guarded", &it->guarded);
    print_texts("placeholder", &it->placeholders);
    printf("folder %s\n", it->folder);
    for (size_t i = 0; i < it->port_count; i++) printf("port %u\n", (unsigned)it->ports[i]);
    for (size_t i = 0; i < it->denied_count; i++)
        printf("denied %u %u %s\n", it->denied[i].number, it->denied[i].error, it->denied[i].name);
    printf("filter %zu\nlistens %d\n", it->filter_count, (int)it->listens);
    printf("processes %ju\nmemory %ju\nfile %ju\ndisk %ju\ntimeout %ju\n",
           (uintmax_t)it->processes_max, (uintmax_t)it->memory_bytes_max,
           (uintmax_t)it->file_bytes_max, (uintmax_t)it->disk_bytes_max, (uintmax_t)it->timeout_ms);
}
