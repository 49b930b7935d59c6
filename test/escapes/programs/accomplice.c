/*
 * The outside: a process that holds secrets in all the places where processes can be reached, says where
 * on one line of JSON, and takes everything away when its standard input ends.
 *
 * FOLDER KEY SECRET SOCKET: FOLDER is its own; SOCKET is where it hands over an open file.
 */
#include "escape.h"
#include <mqueue.h>
#include <poll.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/un.h>

static int news;
static volatile sig_atomic_t over;

static void end(int number) { over = number; }

static void count(int number) {
  (void)number;
  if (write(news, "x", 1) < 0) _exit(70);
}

static int bound(int type, const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  unlink(path);
  int made = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
  if (bind(made, (struct sockaddr *)&address, sizeof address) < 0) broken(path);
  if (type == SOCK_STREAM && listen(made, 8) < 0) broken("listen");
  return made;
}

static void hand_over(int listening, int file) {
  char control[CMSG_SPACE(sizeof(int))] = {0};
  struct iovec content = {"x", 1};
  struct msghdr message = {.msg_iov = &content, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  int visitor = accept(listening, NULL, NULL);
  if (visitor < 0) return;
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(header), &file, sizeof file);
  sendmsg(visitor, &message, MSG_NOSIGNAL);
  close(visitor);
}

int main(int argument_count, char **given) {
  if (argument_count != 5) return 64;
  char path[4096], name[64];
  key_t key = (key_t)atoi(given[2]);

  snprintf(path, sizeof path, "%s/signals", given[1]);
  news = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  signal(SIGUSR1, SIG_IGN);
  signal(SIGUSR2, count);
  signal(SIGTERM, end);
  signal(SIGHUP, end);

  snprintf(path, sizeof path, "%s/held", given[1]);
  int held = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
  if (held < 0 || write(held, given[3], strlen(given[3])) < 0) broken(path);

  int segment = shmget(key, 4096, IPC_CREAT | 0600);
  int queue = msgget(key, IPC_CREAT | 0600);
  int set = semget(key, 1, IPC_CREAT | 0600);
  if (segment < 0 || queue < 0 || set < 0) broken("System V");
  strcpy(shmat(segment, NULL, 0), given[3]);

  snprintf(name, sizeof name, "/veln-escape-%s", given[2]);
  int shared = shm_open(name, O_RDWR | O_CREAT, 0600);
  if (shared < 0 || write(shared, given[3], strlen(given[3])) < 0) broken("shm_open");
  struct mq_attr sizes = {.mq_maxmsg = 4, .mq_msgsize = 16};
  mqd_t posix_queue = mq_open(name, O_RDWR | O_CREAT, 0600, &sizes);
  if (posix_queue == (mqd_t)-1) broken("mq_open");

  snprintf(path, sizeof path, "%s/datagrams", given[1]);
  int datagrams = bound(SOCK_DGRAM, path);
  int listening = bound(SOCK_STREAM, given[4]);

  printf("{\"pid\":%d,\"address\":\"%p\",\"held\":%d,\"name\":\"%s\",\"segment\":%d,\"queue\":%d,\"set\":%d}\n",
         getpid(), (void *)given[3], held, name, segment, queue, set);
  fflush(stdout);

  struct pollfd waiting[] = {{STDIN_FILENO, POLLIN, 0}, {listening, POLLIN, 0}, {datagrams, POLLIN, 0}};
  while (over == 0) {
    if (poll(waiting, 3, -1) < 0) continue;
    if (waiting[0].revents != 0) break;
    if (waiting[1].revents != 0) hand_over(listening, held);
    if (waiting[2].revents != 0) recv(datagrams, path, sizeof path, 0);
  }

  shmctl(segment, IPC_RMID, NULL);
  msgctl(queue, IPC_RMID, NULL);
  semctl(set, 0, IPC_RMID);
  shm_unlink(name);
  mq_unlink(name);
  unlink(given[4]);
  return 0;
}
