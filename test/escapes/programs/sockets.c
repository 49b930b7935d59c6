/* Ways out over sockets. Every address given is one that the test itself listens on. */
#include "escape.h"
#include <arpa/inet.h>
#include <linux/if_alg.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif
#ifndef AF_SMC
#define AF_SMC 43
#endif

struct address {
  union { struct sockaddr any; struct sockaddr_in four; struct sockaddr_in6 six; struct sockaddr_un local; };
  socklen_t size;
};

static struct address internet_address(const char *host, const char *port) {
  struct address address = {0};
  if (inet_pton(AF_INET, host, &address.four.sin_addr) == 1) {
    address.four.sin_family = AF_INET;
    address.four.sin_port = htons((uint16_t)atoi(port));
    address.size = sizeof address.four;
  } else if (inet_pton(AF_INET6, host, &address.six.sin6_addr) == 1) {
    address.six.sin6_family = AF_INET6;
    address.six.sin6_port = htons((uint16_t)atoi(port));
    address.size = sizeof address.six;
  } else {
    broken("address");
  }
  return address;
}

/* A leading @ stands for the zero byte of an abstract name. */
static struct address local_address(const char *name) {
  struct address address = {.local = {.sun_family = AF_UNIX}};
  size_t length = strlen(name);
  if (length >= sizeof address.local.sun_path) broken("length of the name");
  memcpy(address.local.sun_path, name, length);
  if (name[0] == '@') address.local.sun_path[0] = 0;
  address.size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (name[0] != '@'));
  return address;
}

static int made_socket(int family, int type, int protocol) {
  int made = socket(family, type | SOCK_CLOEXEC, protocol);
  if (made < 0) denied("socket");
  struct timeval patience = {.tv_sec = 2};
  setsockopt(made, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(made, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  return made;
}

static void expect_greeting(const char *how, int family, int type, int protocol, struct address address, const char *secret) {
  int made = made_socket(family, type, protocol);
  if (connect(made, &address.any, address.size) < 0) denied("connect");
  if (type != SOCK_STREAM && send(made, "hello", 5, MSG_NOSIGNAL) < 0) denied("send");
  expect_secret(how, made, secret);
}

/* ADDRESS PORT SECRET, for the next ones. */
static void tcp(char **given) {
  struct address address = internet_address(given[0], given[1]);
  expect_greeting("TCP", address.any.sa_family, SOCK_STREAM, 0, address, given[2]);
}

static void multipath_tcp(char **given) {
  struct address address = internet_address(given[0], given[1]);
  expect_greeting("MPTCP", address.any.sa_family, SOCK_STREAM, IPPROTO_MPTCP, address, given[2]);
}

static void smc(char **given) {
  struct address address = internet_address(given[0], given[1]);
  expect_greeting("SMC", AF_SMC, SOCK_STREAM, 0, address, given[2]);
}

static void udp(char **given) {
  struct address address = internet_address(given[0], given[1]);
  expect_greeting("UDP", address.any.sa_family, SOCK_DGRAM, 0, address, given[2]);
}

static void udp_unconnected(char **given) {
  struct address address = internet_address(given[0], given[1]);
  int made = made_socket(address.any.sa_family, SOCK_DGRAM, 0);
  struct iovec content = {"hello", 5};
  struct mmsghdr message = {.msg_hdr = {
    .msg_name = &address.any, .msg_namelen = address.size, .msg_iov = &content, .msg_iovlen = 1}};
  if (sendmmsg(made, &message, 1, MSG_NOSIGNAL) < 0) denied("sendmmsg");
  expect_secret("sendmmsg", made, given[2]);
}

static void tcp_fast_open(char **given) {
  struct address address = internet_address(given[0], given[1]);
  int made = made_socket(address.any.sa_family, SOCK_STREAM, 0);
  if (sendto(made, "hello", 5, MSG_FASTOPEN | MSG_NOSIGNAL, &address.any, address.size) < 0) denied("sendto");
  expect_secret("MSG_FASTOPEN", made, given[2]);
}

static void tcp_fast_open_connect(char **given) {
  struct address address = internet_address(given[0], given[1]);
  int made = made_socket(address.any.sa_family, SOCK_STREAM, 0);
  int on = 1;
  if (setsockopt(made, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &on, sizeof on) < 0) denied("setsockopt");
  if (connect(made, &address.any, address.size) < 0) denied("connect");
  if (send(made, "hello", 5, MSG_NOSIGNAL) < 0) denied("send");
  expect_secret("TCP_FASTOPEN_CONNECT", made, given[2]);
}

/* ADDRESS PORT: whoever comes from outside and says anything has found a way in. */
static void listens(char **given) {
  struct address address = internet_address(given[0], given[1]);
  int listening = made_socket(address.any.sa_family, SOCK_STREAM, 0);
  int on = 1;
  setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listening, &address.any, address.size) < 0) denied("bind");
  if (listen(listening, 1) < 0) denied("listen");
  int visitor = accept(listening, NULL, NULL);
  if (visitor < 0) denied_because("accept", "nobody came");
  escaped("somebody came from outside");
}

/* FILE: on a port that the kernel chooses, because bind is not called; FILE tells it to the visitor. */
static void listens_unbound(char **given) {
  struct address address = internet_address("0.0.0.0", "0");
  int listening = made_socket(AF_INET, SOCK_STREAM, 0);
  if (listen(listening, 1) < 0) denied("listen");
  if (getsockname(listening, &address.any, &address.size) < 0) broken("getsockname");
  FILE *told = fopen(given[0], "w");
  if (told == NULL) broken("fopen");
  fprintf(told, "%d\n", ntohs(address.four.sin_port));
  fclose(told);
  int visitor = accept(listening, NULL, NULL);
  if (visitor < 0) denied_because("accept", "nobody came");
  escaped("somebody came from outside");
}

/* NAME SECRET: a path, or @ and an abstract name. */
static void local_stream(char **given) {
  expect_greeting("UNIX socket", AF_UNIX, SOCK_STREAM, 0, local_address(given[0]), given[1]);
}

/* NAME: through one of a pair, for which no socket call is made. */
static void local_datagram_of_pair(char **given) {
  struct address address = local_address(given[0]);
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) < 0) denied("socketpair");
  if (sendto(pair[0], "hello", 5, MSG_NOSIGNAL, &address.any, address.size) < 0) denied("sendto");
  escaped("a datagram went to %s", given[0]);
}

static void local_datagram(char **given) {
  struct address address = local_address(given[0]);
  int made = made_socket(AF_UNIX, SOCK_DGRAM, 0);
  if (sendto(made, "hello", 5, MSG_NOSIGNAL, &address.any, address.size) < 0) denied("sendto");
  escaped("a datagram went to %s", given[0]);
}

/* NAME SECRET: the accomplice who listens there hands over an open file. */
static void takes_descriptor(char **given) {
  struct address address = local_address(given[0]);
  int made = made_socket(AF_UNIX, SOCK_STREAM, 0);
  if (connect(made, &address.any, address.size) < 0) denied("connect");
  char byte, control[CMSG_SPACE(sizeof(int))];
  struct iovec content = {&byte, 1};
  struct msghdr message = {.msg_iov = &content, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  if (recvmsg(made, &message, MSG_CMSG_CLOEXEC) < 0) denied("recvmsg");
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (header == NULL || header->cmsg_type != SCM_RIGHTS) denied_because("recvmsg", "no descriptor");
  int taken;
  memcpy(&taken, CMSG_DATA(header), sizeof taken);
  lseek(taken, 0, SEEK_SET);
  expect_secret("a descriptor from outside", taken, given[1]);
}

/* TYPE: raw or dgram; one echo request to the loopback address, and its answer. */
static void echo(char **given) {
  int type = strcmp(given[0], "raw") == 0 ? SOCK_RAW : SOCK_DGRAM;
  struct address address = internet_address("127.0.0.1", "0");
  struct icmphdr request = {.type = ICMP_ECHO, .checksum = htons(0xf7ff)};
  char answer[256];
  int made = made_socket(AF_INET, type, IPPROTO_ICMP);
  if (sendto(made, &request, sizeof request, 0, &address.any, address.size) < 0) denied("sendto");
  if (recv(made, answer, sizeof answer, 0) < 0) denied("recv");
  escaped("an echo came back");
}

/* FAMILY TYPE PROTOCOL: that it can be had is enough; nothing is sent. */
static void family(char **given) {
  made_socket(atoi(given[0]), atoi(given[1]), atoi(given[2]));
  escaped("a socket of family %s", given[0]);
}

/* All that a kernel may know beside what a client of a registry needs. */
static void odd_families(char **given) {
  (void)given;
  const int usual[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};
  const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET};
  for (int family = 0; family < 64; family++) {
    if (memmem(usual, sizeof usual, &family, sizeof family) != NULL) continue;
    for (size_t at = 0; at < sizeof types / sizeof types[0]; at++)
      if (socket(family, types[at] | SOCK_CLOEXEC, 0) >= 0) escaped("a socket of family %d", family);
  }
  denied_because("socket", "none of them");
}

/* An interface other than loopback, as the routing socket tells it. */
static void interfaces(char **given) {
  (void)given;
  struct { struct nlmsghdr header; struct ifinfomsg body; } request = {
    .header = {.nlmsg_len = sizeof request, .nlmsg_type = RTM_GETLINK, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP}};
  char answer[16384];
  int made = made_socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  if (send(made, &request, sizeof request, 0) < 0) denied("send");
  for (ssize_t size; (size = recv(made, answer, sizeof answer, 0)) > 0;) {
    for (struct nlmsghdr *at = (void *)answer; NLMSG_OK(at, size); at = NLMSG_NEXT(at, size)) {
      if (at->nlmsg_type == NLMSG_DONE) denied_because("RTM_GETLINK", "only loopback");
      if (at->nlmsg_type == NLMSG_ERROR) denied_because("RTM_GETLINK", "an error");
      struct ifinfomsg *interface = NLMSG_DATA(at);
      if (!(interface->ifi_flags & IFF_LOOPBACK)) escaped("interface %d is there", interface->ifi_index);
    }
  }
  denied("recv");
}

/* PROTOCOL: news of kernel and devices. */
static void netlink(char **given) {
  struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = 1};
  int made = made_socket(AF_NETLINK, SOCK_DGRAM, atoi(given[0]));
  if (bind(made, (struct sockaddr *)&address, sizeof address) < 0) denied("bind");
  escaped("news of netlink protocol %s are heard", given[0]);
}

static const struct attempt ATTEMPTS[] = {
  {"tcp", 3, tcp},
  {"multipath-tcp", 3, multipath_tcp},
  {"smc", 3, smc},
  {"udp", 3, udp},
  {"udp-unconnected", 3, udp_unconnected},
  {"tcp-fast-open", 3, tcp_fast_open},
  {"tcp-fast-open-connect", 3, tcp_fast_open_connect},
  {"listens", 2, listens},
  {"listens-unbound", 1, listens_unbound},
  {"local-stream", 2, local_stream},
  {"local-datagram", 1, local_datagram},
  {"local-datagram-of-pair", 1, local_datagram_of_pair},
  {"takes-descriptor", 2, takes_descriptor},
  {"echo", 1, echo},
  {"family", 3, family},
  {"odd-families", 0, odd_families},
  {"interfaces", 0, interfaces},
  {"netlink", 1, netlink},
};

CHOOSE(ATTEMPTS)
