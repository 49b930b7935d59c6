import { dirname } from "node:path/posix";
import { Failure } from "../../../model/failure.ts";
import { printable } from "../../../model/printable.ts";
import type { Room } from "../room.ts";

/** System trees beside those that a room lists: libraries, frameworks, the shared cache, certificates. */
const SYSTEM_TREES = [
  ...["/System", "/Library/Apple", "/Library/Developer", "/Library/Frameworks", "/usr", "/bin"],
  ...["/sbin", "/private/etc/ssl", "/private/var/db/dyld", "/private/var/db/timezone"],
  ...["/private/var/select", "/private/var/db/xcode_select_link", "/dev/fd"],
];
const SYSTEM_FILES = [
  ...["/", "/private/etc/hosts", "/private/etc/localtime", "/private/etc/passwd"],
  ...["/private/etc/protocols", "/private/etc/services", "/private/etc/shells"],
];
/** `/tmp`, `/var` and `/etc` are links into `/private`. */
const SYSTEM_LINKS = ["/etc", "/private", "/tmp", "/var"];
const DEVICES = ["/dev/null", "/dev/random", "/dev/urandom", "/dev/zero"];

/**
 * Services of the system that C libraries ask: users, notifications, logs, trust in certificates,
 * per-user folders. Not among them: keychain, pasteboard, name service, and whatever starts programs.
 */
const SERVICES = [
  "com.apple.bsd.dirhelper",
  "com.apple.logd",
  "com.apple.system.logger",
  "com.apple.system.notification_center",
  "com.apple.system.opendirectoryd.libinfo",
  "com.apple.system.opendirectoryd.membership",
  "com.apple.trustd",
  "com.apple.trustd.agent",
];

/** By name, because `kern.procargs2` hands out the environment of every process of the user. */
const SYSCTLS = [
  ...["kern.argmax", "kern.boottime", "kern.hostname", "kern.maxfilesperproc", "kern.maxproc"],
  ...["kern.ngroups", "kern.osproductversion", "kern.osrelease", "kern.ostype"],
  ...["kern.osvariant_status", "kern.osversion", "kern.secure_kernel", "kern.usrstack64"],
  ...["kern.version", "sysctl.proc_cputype", "sysctl.proc_native", "vm.loadavg"],
];
const SYSCTL_PREFIXES = ["hw.", "machdep.cpu."];

/**
 * A room as a profile for `sandbox-exec` (Apple's sandbox profile language, version 1). Everything is
 * denied that has no line; of the lines that fit a file the last one decides, so trees come from the
 * outside in. Terminals are denied too: a program that may send them commands can type for the person.
 *
 * @param home stands in for the room's home, which this system cannot show empty
 * @throws Failure "bad-config" for a path that cannot be written down in a profile
 */
export function profileOf(room: Room, home: string): string {
  const lines = [
    "(version 1)",
    "(deny default)",
    "(allow process-fork)",
    "(allow process-info* (target same-sandbox))",
    "(allow signal (target same-sandbox))",
    allow(
      "mach-lookup",
      SERVICES.map((name) => `(global-name ${quoted(name)})`),
    ),
    allow("sysctl-read", [
      ...SYSCTLS.map((name) => `(sysctl-name ${quoted(name)})`),
      ...SYSCTL_PREFIXES.map((prefix) => `(sysctl-name-prefix ${quoted(prefix)})`),
    ]),
    allow("file-read*", SYSTEM_FILES.map(literal)),
    allow("file-read* file-write-data", DEVICES.map(literal)),
    allow("file-read-metadata", SYSTEM_LINKS.map(literal)),
    ...treeLines(room, home),
    ...room.loopbackPorts.map(
      (port) => `(allow network-outbound (remote ip "localhost:${String(port)}"))`,
    ),
  ];
  return `${lines.join("\n")}\n`;
}

/** What may be done with a tree, by the operations that are allowed and taken away. */
type Access = "nothing" | "read" | "write";

function treeLines(room: Room, home: string): readonly string[] {
  const trees: readonly (readonly [path: string, access: Access])[] = [
    ...SYSTEM_TREES.map((path) => [path, "read"] as const),
    [room.home, "nothing"],
    ...room.readable.map((path) => [path, "read"] as const),
    ...room.writable.map((path) => [path, "write"] as const),
    ...room.guarded.map((path) => [path.replace(/\/$/, ""), "read"] as const),
    [home, "write"],
  ];
  const outsideIn = trees.toSorted(([a], [b]) => depthOf(a) - depthOf(b));
  const links = Object.keys(room.links);
  const above = new Set([
    ...links,
    ...[...trees.map(([path]) => path), ...links].flatMap(foldersAbove),
  ]);
  return [
    ...outsideIn.flatMap(([path, access]) => linesFor(path, access)),
    // A program resolves its own path from the root down, links included.
    allow("file-read-metadata", [...above].map(literal)),
    ...unmovable(room),
  ];
}

function linesFor(path: string, access: Access): readonly string[] {
  const tree = `(subpath ${quoted(path)})`;
  const seen = "file-read* file-map-executable process-exec*";
  const changed = "file-write* file-link";
  if (access === "nothing") return [`(deny ${seen} ${changed} ${tree})`];
  if (access === "read") return [`(deny ${changed} ${tree})`, `(allow ${seen} ${tree})`];
  // A program that runs as somebody else is not made in a room.
  return [`(allow ${seen} ${changed} ${tree})`, `(deny file-write-setugid ${tree})`];
}

/** Whoever moves a folder moves what is guarded in it, and makes another in its place. */
function unmovable({ guarded, writable }: Room): readonly string[] {
  const folders = guarded.flatMap((path) =>
    foldersAbove(path.replace(/\/$/, "")).filter((folder) =>
      writable.some((tree) => folder === tree || folder.startsWith(`${tree}/`)),
    ),
  );
  const distinct = [...new Set(folders)].map(literal);
  return distinct.length === 0 ? [] : [`(deny file-write-unlink ${distinct.join(" ")})`];
}

function foldersAbove(path: string): readonly string[] {
  const parent = dirname(path);
  return parent === path ? [] : [...foldersAbove(parent), parent];
}

function depthOf(path: string): number {
  return path.split("/").filter((name) => name !== "").length;
}

function allow(operation: string, filters: readonly string[]): string {
  return `(allow ${operation} ${filters.join(" ")})`;
}

function literal(path: string): string {
  return `(literal ${quoted(path)})`;
}

/** A string of the profile language, which is Scheme's: nothing but `"` and `\` is special in it. */
function quoted(text: string): string {
  if (text !== printable(text, Infinity)) {
    throw new Failure(
      "bad-config",
      `The path ${printable(text, 200)} has characters that a sandbox profile cannot hold. Rename the folder.`,
    );
  }
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
