/*
 * What every escape program says: exit status 0 and "escaped: EVIDENCE", or 10 and "denied: STEP: ERROR".
 * A status that is neither is a broken program, and its test fails.
 */
#ifndef ESCAPE_H
#define ESCAPE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

struct attempt {
  const char *name;
  int arguments;
  void (*make)(char **arguments);
};

__attribute__((noreturn, format(printf, 1, 2), unused)) static void escaped(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("escaped: ", stdout);
  vprintf(format, arguments);
  putchar('\n');
  va_end(arguments);
  exit(0);
}

__attribute__((noreturn, unused)) static void denied_because(const char *step, const char *reason) {
  printf("denied: %s: %s\n", step, reason);
  exit(10);
}

__attribute__((noreturn, unused)) static void denied(const char *step) {
  denied_because(step, strerrorname_np(errno));
}

__attribute__((noreturn, unused)) static void broken(const char *step) {
  fprintf(stderr, "broken: %s: %s\n", step, strerror(errno));
  exit(70);
}

/* The kernel looked at the call: everything but a refusal counts, whatever it thought of the arguments. */
__attribute__((unused)) static void expect_refusal(const char *step, long result) {
  if (result < 0 && (errno == EPERM || errno == EACCES || errno == ENOSYS)) denied(step);
  escaped("%s was answered with %s", step, result < 0 ? strerrorname_np(errno) : "success");
}

/* Ends with `escaped` when the planted text can be read from here. */
__attribute__((unused)) static void expect_secret(const char *step, int descriptor, const char *secret) {
  char content[4096] = {0};
  ssize_t size = read(descriptor, content, sizeof content - 1);
  if (size < 0) denied(step);
  if (memmem(content, (size_t)size, secret, strlen(secret)) == NULL) denied_because(step, "not there");
  escaped("%s read the planted secret", step);
}

/* In a process of its own, because a filter may kill; a call that is answered gives its errno, or 0. */
__attribute__((unused)) static int errno_in_child(long (*call)(void)) {
  pid_t child = fork();
  if (child < 0) denied("fork");
  if (child == 0) _exit(call() < 0 ? errno & 0xff : 0);
  int status = 0;
  if (waitpid(child, &status, 0) < 0) broken("waitpid");
  if (WIFSIGNALED(status)) denied_because("killed", sigabbrev_np(WTERMSIG(status)));
  return WEXITSTATUS(status);
}

__attribute__((unused)) static int choose(int count, char **words, const struct attempt *attempts, size_t size) {
  for (size_t at = 0; at < size; at++) {
    if (count < 2 || strcmp(words[1], attempts[at].name) != 0) continue;
    if (count - 2 < attempts[at].arguments) break;
    attempts[at].make(words + 2);
    return 70;
  }
  fprintf(stderr, "broken: no such attempt, or too few arguments\n");
  return 70;
}

#define CHOOSE(attempts) \
  int main(int count, char **words) { \
    return choose(count, words, attempts, sizeof attempts / sizeof attempts[0]); \
  }

#endif
