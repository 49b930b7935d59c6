/* Ways to a file that Node has no call for. */
#include "escape.h"
#include <linux/openat2.h>
#include <pthread.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <time.h>

/* PATH SECRET */
static void read_file(char **given) {
  int descriptor = open(given[0], O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) denied("open");
  expect_secret("open", descriptor, given[1]);
}

/* PATH: what exists elsewhere is changed; nothing is created here in its place. */
static void append(char **given) {
  int descriptor = open(given[0], O_WRONLY | O_APPEND | O_CLOEXEC);
  if (descriptor < 0) denied("open");
  if (write(descriptor, "veln-escape\n", 12) != 12) denied("write");
  escaped("%s was changed", given[0]);
}

/* PATH SECRET: a handle without rights to read, opened again through /proc. */
static void reopen_path_handle(char **given) {
  int handle = open(given[0], O_PATH | O_CLOEXEC);
  if (handle < 0) denied("open O_PATH");
  char again[64];
  snprintf(again, sizeof again, "/proc/self/fd/%d", handle);
  int descriptor = open(again, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) denied("open of /proc/self/fd");
  expect_secret("O_PATH", descriptor, given[1]);
}

/* FOLDER RELATIVE SECRET: each way that openat2 can be told to resolve. */
static void openat2_resolves(char **given) {
  const uint64_t ways[] = {0, RESOLVE_NO_XDEV, RESOLVE_NO_MAGICLINKS, RESOLVE_CACHED};
  int folder = open(given[0], O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) denied("open of the folder");
  for (size_t at = 0; at < sizeof ways / sizeof ways[0]; at++) {
    struct open_how how = {.flags = O_RDONLY | O_CLOEXEC, .resolve = ways[at]};
    int descriptor = (int)syscall(SYS_openat2, folder, given[1], &how, sizeof how);
    if (descriptor >= 0) expect_secret("openat2", descriptor, given[2]);
  }
  denied("openat2");
}

/* NUMBER NAME SECRET: a folder that whoever started the sandbox happened to have open. */
static void inherited_folder(char **given) {
  int descriptor = openat(atoi(given[0]), given[1], O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) denied("openat");
  expect_secret("inherited folder", descriptor, given[2]);
}

/* Anything beyond standard input, output and error is somebody else's. */
static void any_descriptor(char **given) {
  (void)given;
  for (int descriptor = 3; descriptor < 4096; descriptor++) {
    if (fcntl(descriptor, F_GETFD) < 0) continue;
    char link[64], target[256] = {0};
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    if (readlink(link, target, sizeof target - 1) < 0) strcpy(target, "something");
    escaped("descriptor %d is open: %s", descriptor, target);
  }
  denied_because("descriptors", "none is open");
}

/* Prints the handle of PATH; run outside, for the next one. */
static void show_handle(char **given) {
  union { struct file_handle handle; char bytes[sizeof(struct file_handle) + MAX_HANDLE_SZ]; } file;
  int mount = 0;
  file.handle.handle_bytes = MAX_HANDLE_SZ;
  if (name_to_handle_at(AT_FDCWD, given[0], &file.handle, &mount, 0) < 0) broken("name_to_handle_at");
  printf("%d:", file.handle.handle_type);
  for (unsigned at = 0; at < file.handle.handle_bytes; at++) printf("%02x", file.handle.f_handle[at]);
  exit(0);
}

/* FOLDER HANDLE SECRET: no path is asked, only a number of the file system. */
static void open_by_handle(char **given) {
  union { struct file_handle handle; char bytes[sizeof(struct file_handle) + MAX_HANDLE_SZ]; } file;
  char *bytes = strchr(given[1], ':');
  if (bytes == NULL) broken("handle");
  file.handle.handle_type = atoi(given[1]);
  file.handle.handle_bytes = (unsigned)strlen(++bytes) / 2;
  for (unsigned at = 0; at < file.handle.handle_bytes; at++) sscanf(bytes + 2 * at, "%2hhx", &file.handle.f_handle[at]);
  int folder = open(given[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) broken("open of the folder");
  int descriptor = open_by_handle_at(folder, &file.handle, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) denied("open_by_handle_at");
  expect_secret("open_by_handle_at", descriptor, given[2]);
}

/* FOLDER TARGET: a file without a name gets one elsewhere. */
static void link_nameless(char **given) {
  int descriptor = open(given[0], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor < 0) broken("open O_TMPFILE");
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
  if (linkat(AT_FDCWD, path, AT_FDCWD, given[1], AT_SYMLINK_FOLLOW) < 0) denied("linkat");
  escaped("a nameless file became %s", given[1]);
}

/* ONE OTHER: both change places at once. */
static void exchange(char **given) {
  if (renameat2(AT_FDCWD, given[0], AT_FDCWD, given[1], RENAME_EXCHANGE) < 0) denied("renameat2");
  escaped("%s and %s changed places", given[0], given[1]);
}

static void set_attribute(char **given) {
  if (setxattr(given[0], "user.veln-escape", "1", 1, 0) < 0) denied("setxattr");
  escaped("an attribute of %s was set", given[0]);
}

static void watch(char **given) {
  int events = inotify_init1(IN_CLOEXEC);
  if (events < 0) denied("inotify_init1");
  if (inotify_add_watch(events, given[0], IN_ALL_EVENTS) < 0) denied("inotify_add_watch");
  escaped("%s is watched", given[0]);
}

static void make_fifo(char **given) {
  if (mkfifo(given[0], 0600) < 0) denied("mkfifo");
  escaped("%s is a pipe now", given[0]);
}

static void bind_socket(char **given) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s", given[0]);
  int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listening < 0) denied("socket");
  if (bind(listening, (struct sockaddr *)&address, sizeof address) < 0) denied("bind");
  escaped("%s is a socket now", given[0]);
}

static int is_set_user_id(const char *path) {
  struct stat about;
  return stat(path, &about) == 0 && (about.st_mode & S_ISUID) != 0;
}

/* HOW PATH: a program that gives its caller the rights of its owner, for somebody who waits outside. */
static void make_set_user_id(char **given) {
  const char *how = given[0], *path = given[1];
  int made = -1;
  umask(0);
  if (strcmp(how, "open") == 0) made = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 04755);
  if (strcmp(how, "creat") == 0) made = creat(path, 04755);
  if (strcmp(how, "mknod") == 0) made = mknod(path, S_IFREG | 04755, 0);
  if (strcmp(how, "nameless") == 0) {
    made = open(".", O_TMPFILE | O_RDWR | O_CLOEXEC, 04755);
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", made);
    if (made >= 0) made = linkat(AT_FDCWD, link, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
  }
  if (strncmp(how, "chmod", 5) == 0) {
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
    if (file < 0) broken("open");
    if (strcmp(how, "chmod") == 0) made = chmod(path, 04755);
    if (strcmp(how, "chmod-at") == 0) made = fchmodat(AT_FDCWD, path, 04755, 0);
    if (strcmp(how, "chmod-of-descriptor") == 0) made = fchmod(file, 04755);
  }
  if (made < 0) denied(how);
  if (!is_set_user_id(path)) denied_because(how, "without the bit");
  escaped("%s has the set-user-ID bit", path);
}

/* PATH MAJOR MINOR: a node for a disk of this machine, opened and not read. */
static void make_device(char **given) {
  if (mknod(given[0], S_IFBLK | 0600, makedev((unsigned)atoi(given[1]), (unsigned)atoi(given[2]))) < 0) denied("mknod");
  int disk = open(given[0], O_RDONLY | O_CLOEXEC);
  int error = errno;
  unlink(given[0]);
  errno = error;
  if (disk < 0) denied("open of the device");
  escaped("a disk is open");
}

/* PATH: opened for writing and closed again; nothing is written. */
static void open_for_writing(char **given) {
  int descriptor = open(given[0], O_WRONLY | O_CLOEXEC);
  if (descriptor < 0) denied("open");
  escaped("%s can be written", given[0]);
}

/* PATH: made and gone again at once. */
static void make_for_a_moment(char **given) {
  int descriptor = open(given[0], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) denied("open");
  unlink(given[0]);
  escaped("%s was made", given[0]);
}

/* PATH: opened and closed again. */
static void open_for_reading(char **given) {
  int descriptor = open(given[0], O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) denied("open");
  escaped("%s can be read", given[0]);
}

static char raced[4096];

static void *change_path(void *given) {
  char **paths = given;
  for (;;) {
    memcpy(raced, paths[0], strlen(paths[0]) + 1);
    memcpy(raced, paths[1], strlen(paths[1]) + 1);
  }
  return NULL;
}

/* ALLOWED FORBIDDEN: the path is another one by the time that it is used. Both are as long. */
static void race_for_path(char **given) {
  pthread_t other;
  memcpy(raced, given[0], strlen(given[0]) + 1);
  if (pthread_create(&other, NULL, change_path, given) != 0) broken("pthread_create");
  for (time_t end = time(NULL) + 3; time(NULL) < end;) {
    int file = open(raced, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0755);
    char link[64], target[4096] = {0};
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    if (file < 0 || readlink(link, target, sizeof target - 1) < 0) continue;
    if (strcmp(target, given[1]) == 0 && write(file, "# veln-escape\n", 14) == 14)
      escaped("%s was open", given[1]);
    close(file);
  }
  denied_because("open", "the race was never won");
}

static const struct attempt ATTEMPTS[] = {
  {"read-file", 2, read_file},
  {"append", 1, append},
  {"reopen-path-handle", 2, reopen_path_handle},
  {"openat2", 3, openat2_resolves},
  {"inherited-folder", 3, inherited_folder},
  {"any-descriptor", 0, any_descriptor},
  {"show-handle", 1, show_handle},
  {"open-by-handle", 3, open_by_handle},
  {"link-nameless", 2, link_nameless},
  {"exchange", 2, exchange},
  {"set-attribute", 1, set_attribute},
  {"watch", 1, watch},
  {"make-fifo", 1, make_fifo},
  {"bind-socket", 1, bind_socket},
  {"make-set-user-id", 2, make_set_user_id},
  {"race-for-path", 2, race_for_path},
  {"make-device", 3, make_device},
  {"open-for-writing", 1, open_for_writing},
  {"make-for-a-moment", 1, make_for_a_moment},
  {"open-for-reading", 1, open_for_reading},
};

CHOOSE(ATTEMPTS)
