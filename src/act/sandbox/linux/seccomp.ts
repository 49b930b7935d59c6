import { constants } from "node:os";
import { assemble, type CallRule, type Case, type Condition, type Verdict } from "./bpf.ts";
import { type Architecture, callNumber, type CallName } from "./calls.ts";

/**
 * Which system calls a room answers itself. What can change other processes, the kernel or the view
 * of the file system is refused; what reaches for files, programs and addresses is shown to the keeper,
 * where there is one, so that it can report; everything else passes at full speed.
 */

export interface FilterPlan {
  readonly architecture: Architecture;
  /** Whether a keeper answers what the filter asks; without one, reports are all that is missing. */
  readonly keeper: boolean;
  /** Without namespaces a socket or a shared segment is the machine's own. */
  readonly ownNamespaces: boolean;
}

export interface Filter {
  readonly program: Buffer;
  /** Calls that the keeper refuses, and how. */
  readonly denied: readonly DeniedCall[];
}

export interface DeniedCall {
  readonly name: CallName;
  readonly number: number;
  readonly error: number;
}

const { EPERM, EACCES, ENOSYS, EOPNOTSUPP } = constants.errno;

/** AUDIT_ARCH_X86_64 and AUDIT_ARCH_AARCH64 of linux/audit.h. */
const AUDIT_ARCHITECTURE: Readonly<Record<Architecture, number>> = {
  x64: 0xc000003e,
  arm64: 0xc00000b7,
};
const X32_NUMBERS_FROM = 0x40000000;

/** Refused whatever the arguments are. */
const DENIED: Readonly<Record<string, readonly CallName[]>> = {
  "memory and descriptors of other processes": [
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "process_madvise",
    "kcmp",
    "pidfd_getfd",
    "move_pages",
    "migrate_pages",
  ],
  "kernel keys": ["add_key", "request_key", "keyctl"],
  "the view of the file system": [
    "mount",
    "umount2",
    "pivot_root",
    "chroot",
    "move_mount",
    "open_tree",
    "open_tree_attr",
    "fsopen",
    "fsconfig",
    "fsmount",
    "fspick",
    "mount_setattr",
    "setns",
  ],
  "programs and doors in the kernel": [
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "kexec_load",
    "kexec_file_load",
    "init_module",
    "finit_module",
    "delete_module",
    "create_module",
    "uselib",
    "iopl",
    "ioperm",
    "modify_ldt",
    "lookup_dcookie",
    "nfsservctl",
    "syslog",
  ],
  "files past their paths": [
    "open_by_handle_at",
    "fanotify_init",
    "fanotify_mark",
    "quotactl",
    "quotactl_fd",
    "file_setattr",
  ],
  "the machine as a whole": [
    "reboot",
    "swapon",
    "swapoff",
    "acct",
    "settimeofday",
    "clock_settime",
    "clock_adjtime",
    "adjtimex",
    "sethostname",
    "setdomainname",
    "vhangup",
  ],
  "memory that no limit counts": ["memfd_create", "memfd_secret"],
};

/** Programs fall back to older calls, which a filter can see. Node tries io_uring at every start. */
const UNSUPPORTED: readonly CallName[] = [
  "clone3",
  "openat2",
  "fchmodat2",
  "io_uring_setup",
  "io_uring_enter",
  "io_uring_register",
];

/** Shown to the keeper, and not refused: mounts, Landlock and limits decide. */
const WATCHED: readonly CallName[] = [
  "execve",
  "execveat",
  "connect",
  "truncate",
  "rename",
  "renameat",
  "renameat2",
  "link",
  "linkat",
  "symlink",
  "symlinkat",
  "unlink",
  "unlinkat",
  "mkdir",
  "mkdirat",
  "rmdir",
  "bind",
  "chown",
  "lchown",
  "fchownat",
  "utime",
  "utimes",
  "futimesat",
];

const ATTRIBUTES: readonly CallName[] = [
  "setxattr",
  "lsetxattr",
  "setxattrat",
  "removexattr",
  "lremovexattr",
  "removexattrat",
];

/** Landlock does not know these, and they reach every path that the user's own rights reach. */
const DENIED_WITHOUT_NAMESPACES: readonly CallName[] = [
  // By number as well as by key: the numbers are small, and asking for one is no condition.
  "shmget",
  "shmat",
  "shmctl",
  "msgget",
  "msgsnd",
  "msgrcv",
  "msgctl",
  "semget",
  "semop",
  "semtimedop",
  "semctl",
  "mq_open",
  "mq_unlink",
  "inotify_add_watch",
  // Landlock forbids to choose a port; without a choice the kernel takes one.
  "listen",
];

/** Which argument says whose; 0 stands for the caller. Landlock lets them reach the user's processes. */
const DENIED_FOR_OTHERS: readonly (readonly [CallName, 0 | 1])[] = [
  ["prlimit64", 0],
  ["sched_setaffinity", 0],
  ["sched_setattr", 0],
  ["sched_setparam", 0],
  ["sched_setscheduler", 0],
  ["setpriority", 1],
  ["ioprio_set", 1],
];

const NAMESPACE_FLAGS = 0x7e020080;
const SET_USER_ID = 0o4000;
const FILE_TYPE = 0o170000;
const CHARACTER_DEVICE = 0o020000;
const BLOCK_DEVICE = 0o060000;
/** O_CREAT and O_TMPFILE: what makes a file, with or without a name. */
const MAKES_FILE = 0o100 | 0o20000000;
const MSG_FASTOPEN = 0x20000000;
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;

const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const AF_NETLINK = 16;
const SOCKET_TYPE = 0xf;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const IPPROTO_TCP = 6;
const IPPROTO_UDP = 17;
const NETLINK_ROUTE = 0;
const NETLINK_ADDRESS_BYTES = 12;

/** `personality(2)`: asking, plain Linux, 32 bit names, and addresses that are not random. */
const PERSONALITIES = [0xffffffff, 0, 0x0008, 0x0040000];

const ALLOW: Verdict = { kind: "allow" };

export function filterOf(plan: FilterPlan): Filter {
  const rules = namedRules(plan).flatMap(({ name, cases, otherwise }) => {
    const number = callNumber(name, plan.architecture);
    return number === undefined ? [] : [{ name, number, cases, otherwise }];
  });
  const program = assemble({
    architecture: AUDIT_ARCHITECTURE[plan.architecture],
    numbersBelow: plan.architecture === "x64" ? X32_NUMBERS_FROM : undefined,
    rules: rules satisfies readonly CallRule[],
  });
  const denied = rules.map(({ name, number }) => ({ name, number, error: errorFor(name) }));
  return { program, denied };
}

interface NamedRule {
  readonly name: CallName;
  readonly cases: readonly Case[];
  readonly otherwise: Verdict;
}

function namedRules(plan: FilterPlan): readonly NamedRule[] {
  const deniedNames = [
    ...Object.values(DENIED).flat(),
    ...(plan.ownNamespaces ? [] : [...DENIED_WITHOUT_NAMESPACES, ...ATTRIBUTES]),
  ];
  const watched = watch(plan);
  return [
    ...deniedNames.map((name) => always(name, deny(plan, name))),
    ...UNSUPPORTED.map((name) => always(name, { kind: "refuse", error: ENOSYS })),
    ...WATCHED.map((name) => always(name, watched)),
    ...(plan.ownNamespaces ? ATTRIBUTES.map((name) => always(name, watched)) : othersRules(plan)),
    ...openRules(plan),
    ...modeRules(plan),
    ...processRules(plan),
    ...socketRules(plan),
    ...sendRules(plan),
    {
      name: "ioctl",
      cases: [TIOCSTI, TIOCLINUX].map((request) => when([is(1, request)], deny(plan, "ioctl"))),
      otherwise: ALLOW,
    },
  ];
}

function watch(plan: FilterPlan): Verdict {
  return plan.keeper ? { kind: "ask" } : ALLOW;
}

function deny(plan: FilterPlan, name: CallName): Verdict {
  return plan.keeper ? { kind: "ask" } : { kind: "refuse", error: errorFor(name) };
}

/** What programs are used to hear from a call that they may not make. */
function errorFor(name: CallName): number {
  if (name === "socket" || name === "socketpair" || name === "sendto") return EACCES;
  return /xattr/.test(name) ? EOPNOTSUPP : EPERM;
}

function openRules(plan: FilterPlan): readonly NamedRule[] {
  const setsUserId = (flags: 1 | 2, mode: 2 | 3): Case =>
    when([any(flags, MAKES_FILE), any(mode, SET_USER_ID)], { kind: "refuse", error: EPERM });
  return [
    { name: "open", cases: [setsUserId(1, 2)], otherwise: watch(plan) },
    { name: "openat", cases: [setsUserId(2, 3)], otherwise: watch(plan) },
    {
      name: "creat",
      cases: [when([any(1, SET_USER_ID)], { kind: "refuse", error: EPERM })],
      otherwise: watch(plan),
    },
  ];
}

/** A program that runs as its owner outlives the room, and so does a device. */
function modeRules(plan: FilterPlan): readonly NamedRule[] {
  const device = (mode: 1 | 2, type: number, name: CallName): Case =>
    when([masked(mode, FILE_TYPE, type)], deny(plan, name));
  return [
    {
      name: "chmod",
      cases: [when([any(1, SET_USER_ID)], deny(plan, "chmod"))],
      otherwise: watch(plan),
    },
    {
      // Without a path it is about an open file, which was looked at when it was opened.
      name: "utimensat",
      cases: [nonZero(1, "low"), nonZero(1, "high")].map((hasPath) => when([hasPath], watch(plan))),
      otherwise: ALLOW,
    },
    {
      name: "fchmodat",
      cases: [when([any(2, SET_USER_ID)], deny(plan, "fchmodat"))],
      otherwise: watch(plan),
    },
    {
      name: "fchmod",
      cases: [when([any(1, SET_USER_ID)], deny(plan, "fchmod"))],
      otherwise: ALLOW,
    },
    {
      name: "mknod",
      cases: [
        device(1, CHARACTER_DEVICE, "mknod"),
        device(1, BLOCK_DEVICE, "mknod"),
        when([any(1, SET_USER_ID)], { kind: "refuse", error: EPERM }),
      ],
      otherwise: watch(plan),
    },
    {
      name: "mknodat",
      cases: [
        device(2, CHARACTER_DEVICE, "mknodat"),
        device(2, BLOCK_DEVICE, "mknodat"),
        when([any(2, SET_USER_ID)], { kind: "refuse", error: EPERM }),
      ],
      otherwise: watch(plan),
    },
  ];
}

function processRules(plan: FilterPlan): readonly NamedRule[] {
  return [
    {
      name: "clone",
      cases: [when([any(0, NAMESPACE_FLAGS)], deny(plan, "clone"))],
      // Never asked about: a signal that comes while the keeper is asked makes it fail with EINTR, which
      // no program expects of a fork. dash gives up there whenever a child of its ends at that moment.
      otherwise: ALLOW,
    },
    {
      name: "unshare",
      cases: [when([any(0, NAMESPACE_FLAGS)], deny(plan, "unshare"))],
      otherwise: ALLOW,
    },
    {
      name: "personality",
      cases: PERSONALITIES.map((persona) => when([is(0, persona)], ALLOW)),
      otherwise: deny(plan, "personality"),
    },
  ];
}

function othersRules(plan: FilterPlan): readonly NamedRule[] {
  return DENIED_FOR_OTHERS.map(([name, whose]) => ({
    name,
    cases: [when([is(whose, 0)], ALLOW)],
    otherwise: deny(plan, name),
  }));
}

function socketRules(plan: FilterPlan): readonly NamedRule[] {
  const datagrams = plan.ownNamespaces ? [0, IPPROTO_UDP] : [];
  const internet = [AF_INET, AF_INET6].flatMap((family) =>
    [0, IPPROTO_TCP]
      .map((protocol) => socketCase(family, SOCK_STREAM, protocol))
      .concat(datagrams.map((protocol) => socketCase(family, SOCK_DGRAM, protocol))),
  );
  return [
    {
      name: "socket",
      cases: [...internet, when([is(0, AF_NETLINK), is(2, NETLINK_ROUTE)], ALLOW)],
      otherwise: deny(plan, "socket"),
    },
    {
      // A pair of datagram sockets can be connected anew, to any address.
      name: "socketpair",
      cases: [when([is(0, AF_UNIX), isNot(1, SOCKET_TYPE, SOCK_DGRAM)], ALLOW)],
      otherwise: deny(plan, "socketpair"),
    },
  ];
}

function socketCase(family: number, type: number, protocol: number): Case {
  return when([is(0, family), masked(1, SOCKET_TYPE, type), is(2, protocol)], ALLOW);
}

/** Without a network of its own a room sends over connections alone, and those are made elsewhere. */
function sendRules(plan: FilterPlan): readonly NamedRule[] {
  const opens = (name: CallName, flags: 2 | 3): Case =>
    when([any(flags, MSG_FASTOPEN)], deny(plan, name));
  const messages = plan.ownNamespaces ? watch(plan) : ALLOW;
  const addressed = plan.ownNamespaces ? watch(plan) : deny(plan, "sendto");
  return [
    {
      name: "sendto",
      cases: [
        ...(plan.ownNamespaces ? [] : [opens("sendto", 3)]),
        // To the kernel: netlink's addresses alone are so short.
        when([is(5, NETLINK_ADDRESS_BYTES)], ALLOW),
        when([nonZero(4, "low")], addressed),
        when([nonZero(4, "high")], addressed),
      ],
      otherwise: ALLOW,
    },
    {
      name: "sendmsg",
      cases: plan.ownNamespaces ? [] : [opens("sendmsg", 2)],
      otherwise: messages,
    },
    {
      name: "sendmmsg",
      cases: plan.ownNamespaces ? [] : [opens("sendmmsg", 3)],
      otherwise: messages,
    },
  ];
}

function always(name: CallName, verdict: Verdict): NamedRule {
  return { name, cases: [], otherwise: verdict };
}

function when(conditions: readonly Condition[], verdict: Verdict): Case {
  return { when: conditions, verdict };
}

function is(argument: Condition["argument"], value: number): Condition {
  return masked(argument, 0xffffffff, value);
}

function masked(argument: Condition["argument"], mask: number, value: number): Condition {
  return { argument, half: "low", mask, value, not: false };
}

function isNot(argument: Condition["argument"], mask: number, value: number): Condition {
  return { argument, half: "low", mask, value, not: true };
}

function any(argument: Condition["argument"], mask: number): Condition {
  return { argument, half: "low", mask, value: 0, not: true };
}

function nonZero(argument: Condition["argument"], half: Condition["half"]): Condition {
  return { argument, half, mask: 0xffffffff, value: 0, not: true };
}
