import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Programs } from "./programs.ts";
import type { Identity } from "./world.ts";

/** A process of the same user that a script might reach for; `programs/accomplice.c`. */
export interface Accomplice {
  readonly pid: number;
  /** Where in its memory the secret stands. */
  readonly address: string;
  /** Its descriptor of a file that holds the secret. */
  readonly held: number;
  /** Of its System V segment, queue and semaphore. */
  readonly key: number;
  /** The numbers that the kernel gave them. */
  readonly segment: number;
  readonly queue: number;
  readonly set: number;
  /** Of its POSIX segment and queue. */
  readonly name: string;
  /** Grows with every SIGUSR2. */
  readonly signals: string;
  readonly datagrams: string;
  /** In the project, where a script may write: it hands its open file to whoever connects. */
  readonly socket: string;
  stop(): Promise<void>;
}

interface Places {
  readonly root: string;
  readonly project: string;
  readonly home: string;
  readonly secret: string;
  readonly identity: Identity;
}

export async function startAccomplice(
  programs: Programs,
  { root, project, home, secret, identity }: Places,
  key: number,
): Promise<Accomplice> {
  const folder = join(root, "accomplice");
  const socket = join(project, "accomplice.sock");
  const child = spawn(join(programs.folder, "accomplice"), [folder, String(key), secret, socket], {
    stdio: ["pipe", "pipe", "inherit"],
    cwd: home,
    env: { SECRET: secret },
    uid: identity.uid,
    gid: identity.gid,
  });
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  const said = JSON.parse(line) as Pick<
    Accomplice,
    "pid" | "address" | "held" | "name" | "segment" | "queue" | "set"
  >;
  return {
    ...said,
    key,
    signals: join(folder, "signals"),
    datagrams: join(folder, "datagrams"),
    socket,
    async stop() {
      child.stdin.end();
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
  };
}
