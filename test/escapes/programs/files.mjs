// What an install script would write in JavaScript to reach files. Every attempt says how it ended.
import {
  appendFileSync,
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";

const [attempt, ...given] = process.argv.slice(2);
const TEXT = "veln-escape\n";

function escaped(evidence) {
  process.stdout.write(`escaped: ${evidence}\n`);
  process.exit(0);
}

function denied(reason) {
  process.stdout.write(`denied: ${reason}\n`);
  process.exit(10);
}

function expectSecret(content, secret) {
  if (content.includes(secret)) escaped("the planted secret was read");
  denied("not there");
}

/** The numbers of all processes that are seen from here, or only the one that is looked for. */
function processes(wanted) {
  const seen = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return seen.includes(wanted) ? [wanted] : seen;
}

/** The first answer that is not an error. */
function firstOf(items, answerOf) {
  let last = "nothing to try";
  for (const item of items) {
    try {
      const answer = answerOf(item);
      if (answer !== undefined) return answer;
    } catch (error) {
      last = error.code;
    }
  }
  return denied(last);
}

const contains = (path, secret) =>
  readFileSync(path).includes(secret) ? "the planted secret was read" : undefined;

const ATTEMPTS = {
  read: (path, secret) => expectSecret(readFileSync(path, "utf8"), secret),
  list: (folder, name) =>
    readdirSync(folder).includes(name) ? escaped(`${name} is listed`) : denied("not listed"),
  "read-relative": (path, secret) =>
    expectSecret(readFileSync(relative(process.cwd(), path), "utf8"), secret),
  "read-through-link": (path, link, secret) => {
    symlinkSync(path, link);
    expectSecret(readFileSync(link, "utf8"), secret);
  },
  "read-through-hard-link": (path, link, secret) => {
    linkSync(path, link);
    expectSecret(readFileSync(link, "utf8"), secret);
  },
  "read-below-processes": (wanted, kind, path, secret) =>
    escaped(firstOf(processes(wanted), (pid) => contains(`/proc/${pid}/${kind}${path}`, secret))),
  "read-own-root": (path, secret) =>
    expectSecret(readFileSync(`/proc/self/root${path}`, "utf8"), secret),
  "read-descriptors": (wanted, secret) =>
    escaped(
      firstOf(
        processes(wanted)
          .filter((pid) => pid !== String(process.pid))
          .flatMap((pid) => {
            try {
              return readdirSync(`/proc/${pid}/fd`).map((name) => `/proc/${pid}/fd/${name}`);
            } catch {
              return [];
            }
          })
          // A pipe or a terminal would wait for somebody who writes.
          .filter((path) => readlinkSync(path).startsWith("/") && statSync(path).isFile()),
        (path) => contains(path, secret),
      ),
    ),
  "read-environments": (wanted, secret) =>
    escaped(firstOf(processes(wanted), (pid) => contains(`/proc/${pid}/environ`, secret))),
  /** The secret comes in two parts, because these arguments can be read as well. */
  "read-command-lines": (wanted, start, rest) =>
    escaped(firstOf(processes(wanted), (pid) => contains(`/proc/${pid}/cmdline`, start + rest))),
  "own-environment": (secret) =>
    Object.values(process.env).includes(secret) ? escaped("it is there") : denied("not there"),

  create: (path) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, TEXT);
    escaped(`${path} was made`);
  },
  "create-there": (path) => {
    writeFileSync(path, TEXT);
    escaped(`${path} was made`);
  },
  "create-through-link": (folder, link, name) => {
    symlinkSync(folder, link);
    writeFileSync(join(link, name), TEXT);
    escaped(`${name} was made`);
  },
  "create-below-processes": (wanted, kind, path) =>
    escaped(
      firstOf(processes(wanted), (pid) => {
        writeFileSync(`/proc/${pid}/${kind}${path}`, TEXT);
        return `${path} was made`;
      }),
    ),
  "write-through-hard-link": (path, link) => {
    linkSync(path, link);
    appendFileSync(link, TEXT);
    escaped(`${path} was changed`);
  },
  "rename-out": (target) => {
    writeFileSync("renamed-out", TEXT);
    renameSync("renamed-out", target);
    escaped(`${target} was made`);
  },
  "link-out": (target) => {
    writeFileSync("linked-out", TEXT);
    linkSync("linked-out", target);
    escaped(`${target} was made`);
  },
  remove: (path) => {
    unlinkSync(path);
    escaped(`${path} is gone`);
  },
  truncate: (path) => {
    truncateSync(path);
    escaped(`${path} is empty`);
  },
  "change-mode": (path) => {
    chmodSync(path, 0o777);
    escaped(`${path} is everybody's`);
  },
  "change-owner": (path) => {
    chownSync(path, 12345, 12345);
    escaped(`${path} is somebody else's`);
  },
  "change-times": (path) => {
    utimesSync(path, 1, 1);
    escaped(`${path} is old`);
  },
  "see-that-it-exists": (path) => {
    statSync(path);
    escaped(`${path} exists`);
  },

  /** The folder above a guarded one is moved away and made anew around a file of one's own. */
  "replace-parent": (parent, path) => {
    renameSync(parent, `${parent}-moved`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, TEXT);
    escaped(`${path} was replaced`);
  },
  "replace-by-link": (path, elsewhere) => {
    rmSync(path, { recursive: true, force: true });
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(elsewhere, path);
    escaped(`${path} leads elsewhere`);
  },
  "rename-over": (path) => {
    writeFileSync("prepared", TEXT);
    renameSync("prepared", path);
    escaped(`${path} was replaced`);
  },
};

try {
  ATTEMPTS[attempt](...given);
} catch (error) {
  if (error.code === undefined) throw error;
  denied(`${error.syscall}: ${error.code}`);
}
