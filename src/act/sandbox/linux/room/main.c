#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "room.h"

bool send_arrival(int control, const struct arrival *arrival, const int *fds, size_t count) {
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(ARRIVAL_FDS_MAX * sizeof(int))];
    } extra;
    struct iovec body = {(void *)(uintptr_t)arrival, sizeof(*arrival)};
    struct msghdr message = {.msg_iov = &body, .msg_iovlen = 1, .msg_control = extra.bytes};
    memset(&extra, 0, sizeof(extra));
    message.msg_controllen = CMSG_SPACE(count * sizeof(int));
    extra.head.cmsg_level = SOL_SOCKET;
    extra.head.cmsg_type = SCM_RIGHTS;
    extra.head.cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(&extra.head), fds, count * sizeof(int));
    return sendmsg(control, &message, MSG_NOSIGNAL) == (ssize_t)sizeof(*arrival);
}

int receive_arrival(int control, struct arrival *arrival, int fds[ARRIVAL_FDS_MAX]) {
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(ARRIVAL_FDS_MAX * sizeof(int))];
    } extra;
    char body[256] = "";
    struct iovec into = {body, sizeof(body) - 1};
    struct msghdr message = {.msg_iov = &into, .msg_iovlen = 1, .msg_control = extra.bytes};
    message.msg_controllen = sizeof(extra.bytes);
    ssize_t got = recvmsg(control, &message, MSG_CMSG_CLOEXEC);
    if (got <= 0 || body[0] == '!') {
        report_not_started(got <= 0 ? "the room ended before the command was started" : body + 1);
        return -1;
    }
    const struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    if (got != (ssize_t)sizeof(*arrival) || head == NULL || head->cmsg_type != SCM_RIGHTS) return -1;
    memcpy(arrival, body, sizeof(*arrival));
    size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    size_t wanted = LISTENER + (arrival->has_listener ? 1U : 0U) + arrival->port_count;
    if (count != wanted || count > ARRIVAL_FDS_MAX) return -1;
    memcpy(fds, CMSG_DATA(head), count * sizeof(int));
    return (int)count;
}

int main(int argc, char **argv) {
    static struct instructions it;
    const char *part = argc == 2 ? argv[1] : "";
    if (argc == 2 + PROBE_ARGUMENTS && strcmp(argv[1], "probe") == 0) return probe(argv + 2);
    const char *wrong = read_instructions(INSTRUCTIONS_FD, &it);
    bool keeps = strcmp(part, "keep") == 0;
    if (wrong != NULL || (!keeps && strcmp(part, "inside") != 0 && strcmp(part, "print") != 0)) {
        fprintf(stderr, "room: the instructions cannot be used: %s\n", wrong == NULL ? part : wrong);
        return NOT_STARTED_STATUS;
    }
    if (strcmp(part, "print") == 0) {
        print_instructions(&it);
        return 0;
    }
    return keeps ? keep(&it) : inside(&it);
}
