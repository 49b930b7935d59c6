/* Uses up what a room has only so much of. Every amount is given, and small. */
#include "escape.h"
#include <sys/mman.h>
#include <sys/resource.h>

/* COUNT processes that wait, ended again in any case. */
static void processes(char **given) {
  int wanted = atoi(given[0]), made = 0, error = 0;
  pid_t *children = calloc((size_t)wanted, sizeof *children);
  if (children == NULL || wanted > 1000) broken("count");
  for (; made < wanted; made++) {
    children[made] = fork();
    if (children[made] == 0) { alarm(20); pause(); _exit(0); }
    if (children[made] < 0) { error = errno; break; }
  }
  /* Long enough for somebody who looks now and then. */
  if (made == wanted) sleep(3);
  for (int at = 0; at < made; at++) kill(children[at], SIGKILL);
  while (wait(NULL) > 0);
  errno = error;
  if (made < wanted) denied("fork");
  escaped("%d processes were there for a while", made);
}

/* Fills MEGABYTES and waits: 0 when there were so many, an errno otherwise. */
static int filled(int megabytes) {
  size_t size = (size_t)megabytes << 20;
  char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return errno;
  for (size_t at = 0; at < size; at += 4096) memory[at] = 1;
  sleep(2);
  return 0;
}

/* PROCESSES MEGABYTES: so many processes with so much each. */
static void memory(char **given) {
  int wanted = atoi(given[0]), whole = 0, error = 0;
  if (wanted > 16 || wanted * atoi(given[1]) > 2048) broken("amount");
  for (int at = 0; at < wanted; at++) {
    pid_t child = fork();
    if (child == 0) _exit(filled(atoi(given[1])) & 0xff);
  }
  for (int status; wait(&status) > 0;) {
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) whole++;
    else error = WIFSIGNALED(status) ? 0 : WEXITSTATUS(status);
  }
  if (whole < wanted && error == 0) denied_because("memory", "killed");
  errno = error;
  if (whole < wanted) denied("mmap");
  escaped("%d processes had %s MB each", whole, given[1]);
}

/* 0 when a file of so many megabytes is there, an errno otherwise. */
static int written(const char *path, int megabytes) {
  static char part[1 << 20];
  int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return errno;
  memset(part, 'x', sizeof part);
  for (int at = 0; at < megabytes; at++) {
    ssize_t size = write(file, part, sizeof part);
    if (size == (ssize_t)sizeof part) continue;
    int error = size < 0 ? errno : ENOSPC;
    close(file);
    return error;
  }
  return close(file) < 0 ? errno : 0;
}

/* FILE MEGABYTES */
static void big_file(char **given) {
  signal(SIGXFSZ, SIG_IGN);
  if (atoi(given[1]) > 256) broken("amount");
  int error = written(given[0], atoi(given[1]));
  unlink(given[0]);
  errno = error;
  if (error != 0) denied("write");
  escaped("a file of %s MB was there", given[1]);
}

/* FILES of MEGABYTES each, slowly enough for somebody who looks now and then. */
static void fill(const char *folder, int files, int megabytes) {
  char path[4096];
  if (files * megabytes > 256) broken("amount");
  int error = 0;
  for (int at = 0; at < files && error == 0; at++) {
    snprintf(path, sizeof path, "%s/fill-%d-%d", folder, getpid(), at);
    error = written(path, megabytes);
    usleep(250 * 1000);
  }
  if (error == 0) sleep(2);
  for (int at = 0; at < files; at++) {
    snprintf(path, sizeof path, "%s/fill-%d-%d", folder, getpid(), at);
    unlink(path);
  }
  errno = error;
  if (error != 0) denied("write");
  escaped("%d files of %d MB were there", files, megabytes);
}

/* FOLDER FILES MEGABYTES */
static void disk(char **given) { fill(given[0], atoi(given[1]), atoi(given[2])); }

/* FILES MEGABYTES */
static void temporary_files(char **given) {
  const char *folder = getenv("TMPDIR");
  fill(folder == NULL ? "/tmp" : folder, atoi(given[0]), atoi(given[1]));
}

/* SECONDS, in which nothing that can be ignored ends it. */
static void time_out(char **given) {
  for (int number = 1; number < NSIG; number++) signal(number, SIG_IGN);
  for (unsigned left = (unsigned)atoi(given[0]); left > 0; left = sleep(left));
  escaped("%s seconds went by", given[0]);
}

/* What the room took away is not given back. */
static void raise_limit(char **given) {
  (void)given;
  struct rlimit limit;
  if (getrlimit(RLIMIT_FSIZE, &limit) < 0) broken("getrlimit");
  if (limit.rlim_max == RLIM_INFINITY) escaped("files have no limit");
  limit.rlim_cur = limit.rlim_max = RLIM_INFINITY;
  if (setrlimit(RLIMIT_FSIZE, &limit) < 0) denied("setrlimit");
  escaped("files have no limit any more");
}

static const struct attempt ATTEMPTS[] = {
  {"processes", 1, processes},
  {"memory", 2, memory},
  {"big-file", 2, big_file},
  {"disk", 3, disk},
  {"temporary-files", 2, temporary_files},
  {"time", 1, time_out},
  {"raise-limit", 0, raise_limit},
};

CHOOSE(ATTEMPTS)
