/* System calls that no install script needs, each with arguments that do nothing when it is answered. */
#include "escape.h"
#include <arpa/inet.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/acct.h>
#include <sys/fanotify.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/quota.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/swap.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>
#ifdef __x86_64__
#include <sys/io.h>
#endif

static long add_key_call(void) {
  return syscall(SYS_add_key, "user", "veln-escape", "x", 1UL, KEY_SPEC_PROCESS_KEYRING);
}
static long request_key_call(void) {
  return syscall(SYS_request_key, "user", "veln-escape", NULL, KEY_SPEC_PROCESS_KEYRING);
}
static long keyctl_call(void) {
  return syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 0);
}
static long bpf_call(void) {
  union bpf_attr map = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};
  return syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof map);
}
static long perf_call(void) {
  struct perf_event_attr event = {
    .type = PERF_TYPE_SOFTWARE, .size = sizeof event, .config = PERF_COUNT_SW_TASK_CLOCK, .exclude_kernel = 1};
  return syscall(SYS_perf_event_open, &event, 0, -1, -1, 0UL);
}
static long userfaultfd_call(void) { return syscall(SYS_userfaultfd, O_CLOEXEC | 1); }
static long unshare_user_call(void) { return unshare(CLONE_NEWUSER); }
static long unshare_mount_call(void) { return unshare(CLONE_NEWNS); }
static long unshare_network_call(void) { return unshare(CLONE_NEWUSER | CLONE_NEWNET); }
static long clone_call(void) {
  long child = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0UL, NULL, NULL, 0UL);
  if (child == 0) _exit(0);
  return child;
}
static long clone3_call(void) {
  struct clone_args how = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
  long child = syscall(SYS_clone3, &how, sizeof how);
  if (child == 0) _exit(0);
  return child;
}
/* In mounts of its own where that is possible, so that nothing is left on the machine. */
static long mount_call(void) {
  if (unshare(CLONE_NEWNS) == 0) mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
  long result = mount("none", "/mnt", "tmpfs", MS_NOSUID, "size=4k");
  if (result == 0) umount2("/mnt", MNT_DETACH);
  return result;
}
static long bind_mount_call(void) {
  if (unshare(CLONE_NEWNS) == 0) mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
  long result = mount("/etc", "/mnt", NULL, MS_BIND, NULL);
  if (result == 0) umount2("/mnt", MNT_DETACH);
  return result;
}
static long umount_call(void) { return umount2("/usr", MNT_EXPIRE); }
static long remount_call(void) { return mount(NULL, "/usr", NULL, MS_REMOUNT | MS_BIND | MS_NOSUID, NULL); }
static long fsopen_call(void) { return syscall(SYS_fsopen, "tmpfs", 1); }
static long open_tree_call(void) { return syscall(SYS_open_tree, AT_FDCWD, "/", 1 | O_CLOEXEC); }
static long move_mount_call(void) { return syscall(SYS_move_mount, -1, "", -1, "", 0); }
static long mount_setattr_call(void) { return syscall(SYS_mount_setattr, -1, "", 0, NULL, 0UL); }
static long pivot_root_call(void) { return syscall(SYS_pivot_root, "/usr", "/usr"); }
static long chroot_call(void) { return chroot("/"); }
static long fanotify_call(void) { return fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_REPORT_FID, O_RDONLY); }
static long quotactl_call(void) { return quotactl(QCMD(Q_GETINFO, USRQUOTA), "/dev/veln-none", 0, NULL); }
static long acct_call(void) { return acct("/nonexistent/veln"); }
static long swapon_call(void) { return swapon("/nonexistent/veln", 0); }
static long swapoff_call(void) { return swapoff("/nonexistent/veln"); }
/* Without the second magic number nothing is ever done. */
static long reboot_call(void) { return syscall(SYS_reboot, 0xfee1dead, 0, RB_DISABLE_CAD, NULL); }
static long settimeofday_call(void) { return syscall(SYS_settimeofday, NULL, NULL); }
static long clock_settime_call(void) { return syscall(SYS_clock_settime, CLOCK_MONOTONIC, &(struct timespec){0}); }
static long adjtimex_call(void) { return adjtimex(&(struct timex){.modes = ADJ_TICK, .tick = 1}); }
static long kexec_call(void) { return syscall(SYS_kexec_load, 0UL, 17UL, NULL, 0UL); }
static long init_module_call(void) { return syscall(SYS_init_module, NULL, 0UL, ""); }
static long finit_module_call(void) { return syscall(SYS_finit_module, -1, "", 0); }
static long delete_module_call(void) { return syscall(SYS_delete_module, "veln_none", O_NONBLOCK); }
static long personality_call(void) { return personality(PER_LINUX | READ_IMPLIES_EXEC); }
static long syslog_call(void) { return klogctl(10, NULL, 0); }
static long io_uring_setup_call(void) {
  struct io_uring_params parameters = {0};
  return syscall(SYS_io_uring_setup, 4U, &parameters);
}
#ifdef __x86_64__
static long iopl_call(void) { return iopl(3); }
#endif

/* The host is given the name that it has. */
static void set_host_name(char **given) {
  (void)given;
  char name[256] = {0};
  if (gethostname(name, sizeof name - 1) < 0) broken("gethostname");
  expect_refusal("sethostname", sethostname(name, strlen(name)));
}

static const struct { const char *name; long (*call)(void); } CALLS[] = {
  {"add_key", add_key_call},
  {"request_key", request_key_call},
  {"keyctl", keyctl_call},
  {"bpf", bpf_call},
  {"perf_event_open", perf_call},
  {"userfaultfd", userfaultfd_call},
  {"unshare-user", unshare_user_call},
  {"unshare-mount", unshare_mount_call},
  {"unshare-network", unshare_network_call},
  {"clone", clone_call},
  {"clone3", clone3_call},
  {"mount", mount_call},
  {"mount-bind", bind_mount_call},
  {"mount-remount", remount_call},
  {"umount", umount_call},
  {"fsopen", fsopen_call},
  {"open_tree", open_tree_call},
  {"move_mount", move_mount_call},
  {"mount_setattr", mount_setattr_call},
  {"pivot_root", pivot_root_call},
  {"chroot", chroot_call},
  {"fanotify_init", fanotify_call},
  {"quotactl", quotactl_call},
  {"acct", acct_call},
  {"swapon", swapon_call},
  {"swapoff", swapoff_call},
  {"reboot", reboot_call},
  {"settimeofday", settimeofday_call},
  {"clock_settime", clock_settime_call},
  {"adjtimex", adjtimex_call},
  {"kexec_load", kexec_call},
  {"init_module", init_module_call},
  {"finit_module", finit_module_call},
  {"delete_module", delete_module_call},
  {"personality", personality_call},
  {"syslog", syslog_call},
  {"io_uring_setup", io_uring_setup_call},
#ifdef __x86_64__
  {"iopl", iopl_call},
#endif
};

static void system_call(char **given) {
  for (size_t at = 0; at < sizeof CALLS / sizeof CALLS[0]; at++) {
    if (strcmp(CALLS[at].name, given[0]) != 0) continue;
    errno = errno_in_child(CALLS[at].call);
    expect_refusal(given[0], errno == 0 ? 0 : -1);
  }
  broken("system call");
}

struct ring {
  int descriptor;
  struct io_uring_params parameters;
  char *submissions;
  struct io_uring_sqe *entries;
};

static struct ring open_ring(void) {
  struct ring ring = {0};
  ring.descriptor = (int)syscall(SYS_io_uring_setup, 4U, &ring.parameters);
  if (ring.descriptor < 0) denied("io_uring_setup");
  ring.submissions = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, ring.descriptor, IORING_OFF_SQ_RING);
  ring.entries = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ring.descriptor, IORING_OFF_SQES);
  if (ring.submissions == MAP_FAILED || ring.entries == MAP_FAILED) broken("mmap");
  return ring;
}

/* Submits one entry and gives its result; an error as a negative number. */
static int submitted(struct ring *ring, struct io_uring_sqe entry) {
  ring->entries[0] = entry;
  *(unsigned *)(ring->submissions + ring->parameters.sq_off.array) = 0;
  __atomic_store_n((unsigned *)(ring->submissions + ring->parameters.sq_off.tail), 1, __ATOMIC_RELEASE);
  if (syscall(SYS_io_uring_enter, ring->descriptor, 1U, 1U, IORING_ENTER_GETEVENTS, NULL, 0UL) < 0) denied("io_uring_enter");
  struct io_uring_cqe *done = (void *)(ring->submissions + ring->parameters.cq_off.cqes);
  return done->res;
}

/* PATH SECRET */
static void ring_opens(char **given) {
  struct ring ring = open_ring();
  int result = submitted(&ring, (struct io_uring_sqe){
    .opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = (uintptr_t)given[0], .open_flags = O_RDONLY});
  errno = -result;
  if (result < 0) denied("IORING_OP_OPENAT");
  expect_secret("io_uring", result, given[1]);
}

/* ADDRESS PORT SECRET */
static void ring_connects(char **given) {
  struct ring ring = open_ring();
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(given[1]))};
  inet_pton(AF_INET, given[0], &address.sin_addr);
  int made = submitted(&ring, (struct io_uring_sqe){
    .opcode = IORING_OP_SOCKET, .fd = AF_INET, .off = SOCK_STREAM, .len = 0});
  errno = -made;
  if (made < 0) denied("IORING_OP_SOCKET");
  close(ring.descriptor);
  ring = open_ring();
  int result = submitted(&ring, (struct io_uring_sqe){
    .opcode = IORING_OP_CONNECT, .fd = made, .addr = (uintptr_t)&address, .off = sizeof address});
  errno = -result;
  if (result < 0) denied("IORING_OP_CONNECT");
  expect_secret("io_uring", made, given[2]);
}

static const struct attempt ATTEMPTS[] = {
  {"system-call", 1, system_call},
  {"set-host-name", 0, set_host_name},
  {"ring-opens", 2, ring_opens},
  {"ring-connects", 3, ring_connects},
};

CHOOSE(ATTEMPTS)
