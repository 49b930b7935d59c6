/* Reaching for processes, memory and identities that are not one's own. */
#include "escape.h"
#include <elf.h>
#include <linux/capability.h>
#include <linux/kcmp.h>
#include <mqueue.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/uio.h>

static pid_t pid_of(const char *text) { return (pid_t)atoi(text); }

static void attach(char **given) {
  if (ptrace(PTRACE_ATTACH, pid_of(given[0]), 0, 0) < 0) denied("ptrace");
  waitpid(pid_of(given[0]), NULL, __WALL);
  ptrace(PTRACE_DETACH, pid_of(given[0]), 0, 0);
  escaped("process %s was stopped", given[0]);
}

static void seize(char **given) {
  if (ptrace(PTRACE_SEIZE, pid_of(given[0]), 0, 0) < 0) denied("ptrace");
  escaped("process %s is traced", given[0]);
}

/* The own child too: a tracer rewrites system calls after a filter has seen them. */
static void trace_child(char **given) {
  (void)given;
  pid_t child = fork();
  if (child < 0) denied("fork");
  if (child == 0) _exit(ptrace(PTRACE_TRACEME, 0, 0, 0) < 0 ? errno & 0xff : 0);
  int status = 0;
  waitpid(child, &status, 0);
  errno = WEXITSTATUS(status);
  if (errno != 0) denied("ptrace");
  escaped("a child is traced");
}

/* PID ADDRESS SECRET */
static void read_memory(char **given) {
  char content[128] = {0};
  struct iovec here = {content, sizeof content - 1};
  struct iovec there = {(void *)strtoull(given[1], NULL, 0), sizeof content - 1};
  if (process_vm_readv(pid_of(given[0]), &here, 1, &there, 1, 0) < 0) denied("process_vm_readv");
  if (strstr(content, given[2]) == NULL) denied_because("process_vm_readv", "not there");
  escaped("memory of process %s was read", given[0]);
}

/* PID ADDRESS: what stands there is put there again. */
static void write_memory(char **given) {
  char content[1];
  struct iovec here = {content, 1};
  struct iovec there = {(void *)strtoull(given[1], NULL, 0), 1};
  content[0] = given[2][0];
  if (process_vm_writev(pid_of(given[0]), &here, 1, &there, 1, 0) < 0) denied("process_vm_writev");
  escaped("memory of process %s was written", given[0]);
}

static void read_memory_file(char **given) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%s/mem", given[0]);
  int memory = open(path, O_RDONLY | O_CLOEXEC);
  if (memory < 0) denied("open");
  if (lseek(memory, (off_t)strtoull(given[1], NULL, 0), SEEK_SET) < 0) denied("lseek");
  expect_secret("/proc/PID/mem", memory, given[2]);
}

/* PID NUMBER SECRET: a descriptor that another process has open. */
static void take_descriptor(char **given) {
  int process = (int)syscall(SYS_pidfd_open, pid_of(given[0]), 0);
  if (process < 0) denied("pidfd_open");
  int taken = (int)syscall(SYS_pidfd_getfd, process, atoi(given[1]), 0);
  if (taken < 0) denied("pidfd_getfd");
  lseek(taken, 0, SEEK_SET);
  expect_secret("pidfd_getfd", taken, given[2]);
}

/* The accomplice ignores this signal. */
static void signal_process(char **given) {
  if (kill(pid_of(given[0]), SIGUSR1) < 0) denied("kill");
  escaped("process %s got a signal", given[0]);
}

static void signal_thread(char **given) {
  if (syscall(SYS_tgkill, pid_of(given[0]), pid_of(given[0]), SIGUSR1) < 0) denied("tgkill");
  escaped("process %s got a signal", given[0]);
}

static void signal_by_descriptor(char **given) {
  int process = (int)syscall(SYS_pidfd_open, pid_of(given[0]), 0);
  if (process < 0) denied("pidfd_open");
  if (syscall(SYS_pidfd_send_signal, process, SIGUSR1, NULL, 0) < 0) denied("pidfd_send_signal");
  escaped("process %s got a signal", given[0]);
}

/* PID COUNTER: a pipe whose news go to somebody else; the accomplice writes SIGUSR2 down in COUNTER. */
static void signal_by_owner(char **given) {
  int ends[2];
  struct stat before, after;
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) broken("pipe");
  if (stat(given[1], &before) < 0) before.st_size = 0;
  if (fcntl(ends[0], F_SETOWN, pid_of(given[0])) < 0) denied("fcntl F_SETOWN");
  if (fcntl(ends[0], F_SETSIG, SIGUSR2) < 0) denied("fcntl F_SETSIG");
  if (fcntl(ends[0], F_SETFL, O_ASYNC | O_NONBLOCK) < 0) denied("fcntl O_ASYNC");
  if (write(ends[1], "x", 1) < 0) broken("write");
  usleep(100 * 1000);
  if (stat(given[1], &after) < 0 || after.st_size == before.st_size) denied_because("SIGUSR2", "not delivered");
  escaped("process %s got a signal", given[0]);
}

static void limit_process(char **given) {
  struct rlimit core;
  if (prlimit(pid_of(given[0]), RLIMIT_CORE, NULL, &core) < 0) denied("prlimit");
  if (prlimit(pid_of(given[0]), RLIMIT_CORE, &core, NULL) < 0) denied("prlimit");
  escaped("limits of process %s were set", given[0]);
}

static void slow_process(char **given) {
  errno = 0;
  int now = getpriority(PRIO_PROCESS, (id_t)pid_of(given[0]));
  if (errno != 0) denied("getpriority");
  if (setpriority(PRIO_PROCESS, (id_t)pid_of(given[0]), now) < 0) denied("setpriority");
  escaped("priority of process %s was set", given[0]);
}

static void pin_process(char **given) {
  cpu_set_t processors;
  if (sched_getaffinity(pid_of(given[0]), sizeof processors, &processors) < 0) denied("sched_getaffinity");
  if (sched_setaffinity(pid_of(given[0]), sizeof processors, &processors) < 0) denied("sched_setaffinity");
  escaped("processors of process %s were set", given[0]);
}

static void compare_process(char **given) {
  if (syscall(SYS_kcmp, getpid(), pid_of(given[0]), KCMP_FILES, 0, 0) < 0) denied("kcmp");
  escaped("process %s was compared", given[0]);
}

static void move_pages_of_process(char **given) {
  void *page = (void *)(strtoull(given[1], NULL, 0) & ~0xfffULL);
  int status = 0;
  if (syscall(SYS_move_pages, pid_of(given[0]), 1UL, &page, NULL, &status, 0) < 0) denied("move_pages");
  escaped("pages of process %s were asked for", given[0]);
}

static void join_namespace(char **given) {
  int process = (int)syscall(SYS_pidfd_open, pid_of(given[0]), 0);
  if (process < 0) denied("pidfd_open");
  if (setns(process, CLONE_NEWNS | CLONE_NEWNET) < 0) denied("setns");
  escaped("namespaces of process %s were entered", given[0]);
}

static int has_capability(void) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2] = {0};
  if (syscall(SYS_capget, &header, data) < 0) broken("capget");
  return (data[0].effective | data[1].effective) != 0;
}

static void capabilities(char **given) {
  (void)given;
  if (!has_capability()) denied_because("capget", "none");
  escaped("there are effective capabilities");
}

/* PROGRAM, which says itself that it has run. */
static void execute(char **given) {
  execl(given[0], given[0], (char *)NULL);
  denied("exec");
}

/* PROGRAM: a copy of this program that belongs to root and has the set-user-ID bit. */
static void become_root(char **given) {
  execl(given[0], given[0], "am-root", (char *)NULL);
  denied("exec");
}

static void am_root(char **given) {
  (void)given;
  if (geteuid() != 0 || !has_capability()) denied_because("set-user-ID", "not root");
  escaped("this is root");
}

static void change_user(char **given) {
  (void)given;
  if (setresuid(54321, 54321, 54321) < 0) denied("setresuid");
  escaped("this is another user");
}

/* PROGRAM ARGUMENTS…: from memory, so that nothing on the disk is run; it must stay where it is. */
static void run_from_memory(char **given) {
  int program = open(given[0], O_RDONLY | O_CLOEXEC);
  int memory = memfd_create("program", MFD_CLOEXEC);
  if (program < 0) broken("open");
  if (memory < 0) denied("memfd_create");
  char part[65536];
  for (ssize_t size; (size = read(program, part, sizeof part)) > 0;)
    if (write(memory, part, (size_t)size) != size) broken("write");
  fexecve(memory, given, environ);
  denied("fexecve");
}

static void type_into_terminal(char **given) {
  unsigned long request = strcmp(given[0], "high") == 0 ? TIOCSTI | 1UL << 32 : TIOCSTI;
  char character = '\n';
  if (syscall(SYS_ioctl, STDIN_FILENO, request, &character) < 0) denied("ioctl TIOCSTI");
  escaped("a key was pressed in the terminal");
}

/* TIOCLINUX works on consoles; elsewhere the kernel at least looks at it. */
static void paste_into_terminal(char **given) {
  (void)given;
  char paste = 3;
  expect_refusal("ioctl TIOCLINUX", ioctl(STDIN_FILENO, TIOCLINUX, &paste));
}

/* KEY SECRET */
static void shared_memory(char **given) {
  int segment = shmget((key_t)atoi(given[0]), 0, 0);
  if (segment < 0) denied("shmget");
  char *content = shmat(segment, NULL, SHM_RDONLY);
  if (content == (void *)-1) denied("shmat");
  if (strcmp(content, given[1]) != 0) denied_because("shmat", "not there");
  escaped("shared memory of outside was read");
}

static void message_queue(char **given) {
  struct { long type; char text[8]; } message = {1, "x"};
  int queue = msgget((key_t)atoi(given[0]), 0);
  if (queue < 0) denied("msgget");
  if (msgsnd(queue, &message, 1, IPC_NOWAIT) < 0) denied("msgsnd");
  escaped("a message went to a queue of outside");
}

static void semaphore(char **given) {
  struct sembuf raise = {0, 1, IPC_NOWAIT};
  int set = semget((key_t)atoi(given[0]), 0, 0);
  if (set < 0) denied("semget");
  if (semop(set, &raise, 1) < 0) denied("semop");
  escaped("a semaphore of outside was raised");
}

/* NUMBER SECRET: without asking for the segment first. */
static void shared_memory_by_number(char **given) {
  char *content = shmat(atoi(given[0]), NULL, SHM_RDONLY);
  if (content == (void *)-1) denied("shmat");
  if (strcmp(content, given[1]) != 0) denied_because("shmat", "not there");
  escaped("shared memory of outside was read");
}

static void message_queue_by_number(char **given) {
  struct { long type; char text[8]; } message = {1, "x"};
  if (msgsnd(atoi(given[0]), &message, 1, IPC_NOWAIT) < 0) denied("msgsnd");
  escaped("a message went to a queue of outside");
}

static void semaphore_by_number(char **given) {
  struct sembuf raise = {0, 1, IPC_NOWAIT};
  if (semop(atoi(given[0]), &raise, 1) < 0) denied("semop");
  escaped("a semaphore of outside was raised");
}

static void list_shared_memory(char **given) {
  struct shmid_ds segment;
  (void)given;
  for (int at = 0; at < 1000; at++)
    if (shmctl(at, SHM_STAT, &segment) >= 0) escaped("segment %d is there", at);
  denied("shmctl");
}

static void posix_shared_memory(char **given) {
  int segment = shm_open(given[0], O_RDONLY, 0);
  if (segment < 0) denied("shm_open");
  expect_secret("shm_open", segment, given[1]);
}

static void posix_message_queue(char **given) {
  mqd_t queue = mq_open(given[0], O_WRONLY | O_NONBLOCK);
  if (queue == (mqd_t)-1) denied("mq_open");
  if (mq_send(queue, "x", 1, 0) < 0) denied("mq_send");
  escaped("a message went to a queue of outside");
}

/* HOW END FILE: makes FILE once END is there, which is made when the command has ended. */
static void linger(char **given) {
  int forks = strcmp(given[0], "double-fork") == 0 ? 2 : 1;
  for (int at = 0; at < forks; at++) {
    pid_t child = fork();
    if (child < 0) denied("fork");
    if (child > 0 && at == 0) escaped("a process was left behind");
    if (child > 0) _exit(0);
    if (strcmp(given[0], "same-session") != 0) setsid();
  }
  for (int number = 1; number < NSIG; number++) signal(number, SIG_IGN);
  for (int descriptor = 0; descriptor < 3; descriptor++) close(descriptor);
  for (int at = 0; at < 600 && access(given[1], F_OK) != 0; at++) usleep(100 * 1000);
  if (access(given[1], F_OK) == 0) open(given[2], O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  _exit(0);
}

#ifdef __x86_64__
static long call_as_i386(void) {
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory", "r8", "r9", "r10", "r11");
  errno = result < 0 ? (int)-result : 0;
  return result < 0 ? -1 : 0;
}

static long call_as_x32(void) { return syscall(0x40000000 | SYS_getpid); }

/* getpid, asked in a numbering that a filter of 64-bit numbers misreads. */
static void foreign_call(char **given) {
  errno = errno_in_child(strcmp(given[0], "x32") == 0 ? call_as_x32 : call_as_i386);
  if (errno != 0) denied("getpid");
  escaped("a foreign numbering is answered");
}
#else
static void foreign_call(char **given) {
  denied_because(given[0], "not of this processor");
}
#endif

static const struct attempt ATTEMPTS[] = {
  {"attach", 1, attach},
  {"seize", 1, seize},
  {"trace-child", 0, trace_child},
  {"read-memory", 3, read_memory},
  {"write-memory", 3, write_memory},
  {"read-memory-file", 3, read_memory_file},
  {"take-descriptor", 3, take_descriptor},
  {"signal-process", 1, signal_process},
  {"signal-thread", 1, signal_thread},
  {"signal-by-descriptor", 1, signal_by_descriptor},
  {"signal-by-owner", 2, signal_by_owner},
  {"limit-process", 1, limit_process},
  {"slow-process", 1, slow_process},
  {"pin-process", 1, pin_process},
  {"compare-process", 1, compare_process},
  {"move-pages", 2, move_pages_of_process},
  {"join-namespace", 1, join_namespace},
  {"capabilities", 0, capabilities},
  {"execute", 1, execute},
  {"become-root", 1, become_root},
  {"am-root", 0, am_root},
  {"change-user", 0, change_user},
  {"run-from-memory", 1, run_from_memory},
  {"type-into-terminal", 1, type_into_terminal},
  {"paste-into-terminal", 0, paste_into_terminal},
  {"shared-memory", 2, shared_memory},
  {"message-queue", 1, message_queue},
  {"semaphore", 1, semaphore},
  {"shared-memory-by-number", 2, shared_memory_by_number},
  {"message-queue-by-number", 1, message_queue_by_number},
  {"semaphore-by-number", 1, semaphore_by_number},
  {"list-shared-memory", 0, list_shared_memory},
  {"posix-shared-memory", 2, posix_shared_memory},
  {"posix-message-queue", 1, posix_message_queue},
  {"linger", 3, linger},
  {"foreign-call", 1, foreign_call},
};

CHOOSE(ATTEMPTS)
