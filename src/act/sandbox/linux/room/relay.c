/*
 * The way out of a room without network: a socket that listens inside the room's network is accepted
 * from out here and joined to the same port of the machine. It runs in a process of its own, so that
 * a long transfer delays no answer of the keeper's.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "room.h"

enum { BUFFER_BYTES = 64 * 1024, JOINTS_MAX = 512, EVENTS_MAX = 64, ROUNDS_MAX = 8 };

/* One direction of a joint: what was read from one side and not yet written to the other. */
struct flow {
    char *bytes;
    size_t start, end;
    bool no_more; /* the reading side has ended */
    bool shut;    /* and the writing side was told */
};

struct joint {
    int fds[2];          /* in the room, on the machine */
    struct flow flows[2]; /* flows[i] reads from fds[i] and writes to fds[1 - i] */
    uint32_t wanted[2];
    bool unheard[2]; /* hung up, but not read to its end: epoll would report it for ever */
    bool connecting;
    bool dead;
};

/* What epoll hands back: which end of which joint, or a listening socket. */
struct end {
    struct joint *joint;
    int side;
    int listener;
    uint16_t port;
};

struct pair_of_ends {
    struct joint joint;
    struct end ends[2];
};

static int poller;
static size_t joint_count;

static bool watch_end(struct joint *joint, int side, uint32_t wanted, struct end *end) {
    struct epoll_event event = {.events = wanted, .data.ptr = end};
    joint->wanted[side] = wanted;
    return epoll_ctl(poller, EPOLL_CTL_ADD, joint->fds[side], &event) == 0;
}

static void drop_joint(struct pair_of_ends *pair) {
    for (int side = 0; side < 2; side++) {
        if (pair->joint.fds[side] >= 0) close(pair->joint.fds[side]);
        free(pair->joint.flows[side].bytes);
    }
    free(pair);
    joint_count--;
}

static int connect_outside(uint16_t port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0 &&
        errno != EINPROGRESS) {
        close(fd);
        return -1;
    }
    return fd;
}

static void accept_one(const struct end *listener) {
    int in_room = accept4(listener->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (in_room < 0) return;
    struct pair_of_ends *pair = joint_count < JOINTS_MAX ? calloc(1, sizeof(*pair)) : NULL;
    if (pair == NULL) {
        close(in_room);
        return;
    }
    joint_count++;
    struct joint *joint = &pair->joint;
    joint->fds[0] = in_room;
    joint->fds[1] = connect_outside(listener->port);
    joint->connecting = true;
    bool ready = joint->fds[1] >= 0;
    for (int side = 0; side < 2; side++) {
        int on = 1;
        pair->ends[side] = (struct end){.joint = joint, .side = side, .listener = -1};
        joint->flows[side].bytes = malloc(BUFFER_BYTES);
        ready = ready && joint->flows[side].bytes != NULL &&
                setsockopt(joint->fds[side], IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0 &&
                watch_end(joint, side, side == 0 ? 0 : EPOLLOUT, &pair->ends[side]);
    }
    if (!ready) drop_joint(pair);
}

static bool fill(struct joint *joint, int side) {
    struct flow *flow = &joint->flows[side];
    if (flow->start < flow->end || flow->no_more) return false;
    ssize_t got = read(joint->fds[side], flow->bytes, BUFFER_BYTES);
    if (got > 0) {
        flow->start = 0;
        flow->end = (size_t)got;
        return true;
    }
    if (got == 0) {
        flow->no_more = true;
    } else if (errno != EAGAIN && errno != EINTR) {
        joint->dead = true;
    }
    return flow->no_more;
}

static void drain(struct joint *joint, int side) {
    struct flow *flow = &joint->flows[side];
    int to = joint->fds[1 - side];
    while (flow->start < flow->end) {
        ssize_t put = send(to, flow->bytes + flow->start, flow->end - flow->start, MSG_NOSIGNAL);
        if (put < 0) {
            if (errno != EAGAIN && errno != EINTR) joint->dead = true;
            return;
        }
        flow->start += (size_t)put;
    }
    if (flow->no_more && !flow->shut) {
        flow->shut = true;
        shutdown(to, SHUT_WR);
    }
}

static void pump(struct joint *joint, int side) {
    for (int round = 0; round < ROUNDS_MAX || joint->unheard[side]; round++) {
        bool more = fill(joint, side);
        drain(joint, side);
        if (!more || joint->dead) return;
    }
}

static uint32_t wanted_of(const struct joint *joint, int side) {
    const struct flow *reading = &joint->flows[side], *writing = &joint->flows[1 - side];
    bool reads = reading->start == reading->end && !reading->no_more;
    return (reads ? EPOLLIN : 0U) | (writing->start < writing->end ? EPOLLOUT : 0U);
}

static void listen_to(struct pair_of_ends *pair, int side) {
    struct joint *joint = &pair->joint;
    struct epoll_event event = {.events = wanted_of(joint, side), .data.ptr = &pair->ends[side]};
    if (joint->unheard[side] || event.events == joint->wanted[side]) return;
    joint->wanted[side] = event.events;
    epoll_ctl(poller, EPOLL_CTL_MOD, joint->fds[side], &event);
}

static void serve(struct end *end, uint32_t events) {
    struct joint *joint = end->joint;
    struct pair_of_ends *pair = (struct pair_of_ends *)(void *)joint;
    if (joint->connecting && end->side == 1 && (events & (EPOLLOUT | EPOLLERR)) != 0) {
        int error = 0;
        socklen_t size = sizeof(error);
        getsockopt(joint->fds[1], SOL_SOCKET, SO_ERROR, &error, &size);
        joint->connecting = false;
        joint->dead = error != 0;
    }
    if (!joint->connecting && !joint->dead) {
        pump(joint, 0);
        pump(joint, 1);
    }
    bool done = joint->flows[0].shut && joint->flows[1].shut;
    if (joint->dead || done) {
        drop_joint(pair);
        return;
    }
    if ((events & (EPOLLERR | EPOLLHUP)) != 0 && wanted_of(joint, end->side) == 0) {
        joint->unheard[end->side] = true;
        epoll_ctl(poller, EPOLL_CTL_DEL, joint->fds[end->side], NULL);
        if (joint->unheard[0] && joint->unheard[1]) {
            drop_joint(pair);
            return;
        }
    }
    for (int side = 0; !joint->connecting && side < 2; side++) listen_to(pair, side);
}

void relay(const uint16_t *ports, const int *listeners, size_t count) {
    static struct end listening[PORTS_MAX];
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    poller = epoll_create1(EPOLL_CLOEXEC);
    for (size_t i = 0; i < count; i++) {
        listening[i] = (struct end){.listener = listeners[i], .port = ports[i]};
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &listening[i]};
        epoll_ctl(poller, EPOLL_CTL_ADD, listeners[i], &event);
    }
    for (;;) {
        struct epoll_event events[EVENTS_MAX];
        int ready = epoll_wait(poller, events, EVENTS_MAX, -1);
        if (ready < 0 && errno != EINTR) _exit(1);
        /* A joint has two ends, and serving one may free both: one event a joint and round. */
        for (int i = 0; i < ready; i++) {
            struct end *end = events[i].data.ptr;
            if (end->listener >= 0) {
                accept_one(end);
                continue;
            }
            for (int later = i + 1; later < ready; later++) {
                struct end *other = events[later].data.ptr;
                if (other->joint != end->joint) continue;
                events[later] = events[--ready];
                break;
            }
            serve(end, events[i].events);
        }
    }
}
