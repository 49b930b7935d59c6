import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  machineIsolations,
  type RoomGround,
  roomGround,
  type RoomRun,
  runInRoom,
  shell,
  smallRoom,
  startEnclosure,
} from "../../../../test/support/room.ts";
import type { Denial, Isolation } from "../room.ts";
import { findSystemProgram } from "./system-program.ts";

const own = roomGround();
afterAll(() => own[Symbol.dispose]());
const withoutCompiler = join(own.own, "without-compiler");
const isolations = new Map([
  ...(await machineIsolations(own.own)),
  ...(
    await machineIsolations(withoutCompiler, (...names) =>
      names.includes("cc") ? undefined : findSystemProgram(...names),
    )
  )
    .entries()
    .map(([name, isolation]) => [`${name} without cc`, isolation] as const),
]);

describe.skipIf(!isolations.has("bubblewrap"))("a room of bubblewrap (needs bwrap and cc)", () => {
  describeRoom("bubblewrap");
});

describe.skipIf(!isolations.has("landlock"))("a room of Landlock (needs Landlock and cc)", () => {
  describeRoom("landlock");
});

describe.skipIf(!isolations.has("bubblewrap without cc"))(
  "a room of bubblewrap without the helper (needs bwrap and prlimit)",
  () => {
    describeRoom("bubblewrap without cc");
  },
);

function isolationOf(name: string): Isolation {
  const isolation = isolations.get(name);
  if (isolation === undefined) throw new Error(`This machine has no ${name}.`);
  return isolation;
}

function describeRoom(name: string): void {
  let isolation: Isolation;
  let ground: RoomGround;

  /** Of the kinds that are expected. Without the layer "reports" the same is denied, and nobody hears of it. */
  function expectDenials(run: RoomRun, ...expected: readonly Partial<Denial>[]): void {
    const kinds = new Set(expected.map(({ kind }) => kind));
    const denials = run.report.denials.filter(({ kind }) => kinds.has(kind));
    expect(denials).toMatchObject(isolation.layers.includes("reports") ? expected : []);
  }

  beforeEach(() => {
    isolation = isolationOf(name);
    ground = roomGround();
  });
  afterEach(() => ground[Symbol.dispose]());

  it("ends as its command ends, with what it wrote", async () => {
    const room = smallRoom(ground);
    const run = await runInRoom(
      isolation,
      room,
      shell("echo out; echo err >&2; echo x > made; exit 7"),
    );
    expect(run).toMatchObject({ status: 7, output: "out\n", complaint: "err\n" });
    expect(run.report).toEqual({
      denials: [],
      denialsDropped: 0,
      notStarted: undefined,
      altered: [],
    });
    expect(readFileSync(join(ground.project, "made"), "utf8")).toBe("x\n");
  });

  it("has the environment that was asked for and no other", async () => {
    const environment = { PATH: "/usr/bin:/bin", HOME: ground.home, GREETING: "a b=c\n" };
    const run = await runInRoom(isolation, smallRoom(ground, { environment }), {
      program: "env",
      args: ["-0"],
    });
    const variables = run.output.split("\0").filter((variable) => !/^(HOME=|$)/.test(variable));
    expect(variables.sort()).toEqual(["GREETING=a b=c\n", "PATH=/usr/bin:/bin"]);
  });

  it("hides what is outside, by any path, and tells who wanted it", async () => {
    const secret = join(ground.outside, "id_ed25519");
    writeFileSync(secret, "a secret");
    symlinkSync(secret, join(ground.project, "link"));
    const script = `cat ${secret}; cat link; cat ../outside/id_ed25519; cat /proc/self/root${secret}; true`;
    const environment = {
      ...smallRoom(ground).environment,
      npm_package_name: "left-pad",
      npm_package_version: "1.3.0",
    };
    const run = await runInRoom(isolation, smallRoom(ground, { environment }), shell(script));
    expect(run.output).toBe("");
    const who: Partial<Denial> = { kind: "file-read", by: "left-pad@1.3.0", program: "cat" };
    expectDenials(
      run,
      { ...who, target: secret, times: 2 },
      { ...who, target: join(ground.project, "link") },
      { ...who, target: `${ground.project}/../outside/id_ed25519` },
    );
  });

  it("does not call it a denial when there was nothing to deny", async () => {
    const script = `cat /nowhere ${ground.outside}/none none; ls /usr/none; mkdir -p /usr/lib; rm -f /usr/none; true`;
    const run = await runInRoom(isolation, smallRoom(ground), shell(script));
    expect(run.report.denials).toEqual([]);
  });

  it("lets nothing be written outside", async () => {
    writeFileSync(join(ground.outside, "kept"), "as it was");
    const script = `echo x > ${ground.outside}/made; echo x > ${ground.outside}/kept; rm ${ground.outside}/kept; mkdir ${ground.outside}/d; ln -s x ${ground.outside}/l; mv made ${ground.outside}/m; echo x > /usr/made; true`;
    await runInRoom(isolation, smallRoom(ground), shell(script));
    expect(readdirSync(ground.outside)).toEqual(["kept"]);
    expect(readFileSync(join(ground.outside, "kept"), "utf8")).toBe("as it was");
    expect(existsSync("/usr/made")).toBe(false);
  });

  it("gives guarded files to read, and no way to change or to make one", async () => {
    mkdirSync(join(ground.project, ".git"));
    writeFileSync(join(ground.project, ".git/config"), "[core]\n");
    const guarded = [".git/config", ".git/hooks/", ".vscode/", ".npmrc"].map((path) =>
      join(ground.project, path),
    );
    const script =
      "cat .git/config; echo x >> .git/config; mkdir .git/hooks && echo x > .git/hooks/pre-commit; mkdir .vscode; echo x > .npmrc; echo x > n && mv n .npmrc; rm .git/config; rm -rf .git/hooks; mv .git .git2 && mkdir .git && echo x > .git/config; true";
    const run = await runInRoom(isolation, smallRoom(ground, { guarded }), shell(script));
    expect(run.output).toBe("[core]\n");
    expect(readFileSync(join(ground.project, ".git/config"), "utf8")).toBe("[core]\n");
    expect(readdirSync(ground.project).filter((entry) => entry !== "n")).toEqual([".git"]);
    expect(readdirSync(join(ground.project, ".git"))).toEqual(["config"]);
    const targets = run.report.denials.map(({ target }) => target);
    expect(targets.includes(join(ground.project, ".git/config"))).toBe(
      isolation.layers.includes("reports"),
    );
  });

  it("shows a file of ours in the place of another, in the home folder", async () => {
    const shown = { [join(ground.home, ".npmrc")]: join(ground.outside, "npmrc") };
    writeFileSync(join(ground.outside, "npmrc"), "fund=false\n");
    const run = await runInRoom(isolation, smallRoom(ground, { shown }), shell("cat ~/.npmrc"));
    expect(run).toMatchObject({ status: 0, output: "fund=false\n", report: { denials: [] } });
  });

  it("ends what the command leaves running, also in a session of its own", async () => {
    const script = "(setsid sleep 300 &) ; sleep 300 & (sleep 300 & sleep 300 &) ; echo started";
    const run = await runInRoom(isolation, smallRoom(ground), shell(script));
    expect(run).toMatchObject({ status: 0, output: "started\n" });
    expect(processesIn(ground.project)).toEqual([]);
  });

  it("passes a signal on, and answers as shells do when one ends the command", async () => {
    const enclosure = await isolation.enclose(
      smallRoom(ground),
      shell("trap 'echo heard; exit 9' TERM; echo ready; while :; do sleep 0.05; done"),
    );
    const started = startEnclosure(enclosure);
    await started.prints("ready");
    process.kill(started.pid, "SIGTERM");
    expect(await started.ended).toMatchObject({ status: 9, output: "ready\nheard\n" });
    await enclosure.close();
    const killed = await runInRoom(isolation, smallRoom(ground), shell("kill -KILL $$"));
    expect(killed.status).toBe(137);
  });

  it("does not outlive its keeper", async () => {
    const enclosure = await isolation.enclose(
      smallRoom(ground),
      shell("sleep 300 & sleep 0.2; echo ready; sleep 300"),
    );
    const started = startEnclosure(enclosure);
    await started.prints("ready");
    process.kill(started.pid, "SIGKILL");
    await started.ended;
    await enclosure.close();
    await until(() => processesIn(ground.project).length === 0);
    expect(processesIn(ground.project)).toEqual([]);
  });

  it("is out of reach of signals to its own process group and to everybody", async () => {
    const run = await runInRoom(isolation, smallRoom(ground), shell("kill -KILL 0; sleep 5"));
    expect(run.status).toBe(137);
  });

  it("ends when its time is over, and says so", async () => {
    const limits = { ...smallRoom(ground).limits, timeoutMs: 300 };
    const run = await runInRoom(isolation, smallRoom(ground, { limits }), shell("sleep 300"));
    expect(run.status).toBe(137);
    expect(run.report.denials).toEqual([
      { kind: "limit", target: "time", by: undefined, program: "", times: 1 },
    ]);
  });

  it("starts no more processes than it may, and says so", async () => {
    const limits = { ...smallRoom(ground).limits, processesMax: 20 };
    const script = "i=0; while [ $i -lt 60 ]; do sleep 30 & i=$((i+1)); done; wait";
    const run = await runInRoom(isolation, smallRoom(ground, { limits }), shell(script));
    expect(run.status).toBe(137);
    expect(run.report.denials).toMatchObject([{ kind: "limit", target: "processes", program: "" }]);
  });

  it("lets a shell start programs while others of its end", async () => {
    const script =
      "i=0; while [ $i -lt 200 ]; do x=$(echo a-b | sed -e s/-/_/) || exit 9; i=$((i+1)); done";
    const run = await runInRoom(isolation, smallRoom(ground), shell(script));
    expect({ status: run.status, denials: run.report.denials }).toEqual({ status: 0, denials: [] });
  });

  it("writes no larger files than it may", async () => {
    const limits = { ...smallRoom(ground).limits, fileBytesMax: 64 * 1024 };
    const script = "head -c 1000000 /dev/zero > big; true";
    await runInRoom(isolation, smallRoom(ground, { limits }), shell(script));
    expect(readFileSync(join(ground.project, "big")).length).toBe(64 * 1024);
  });

  it("cannot start a command that is not there", async () => {
    const run = await runInRoom(isolation, smallRoom(ground), {
      program: "no-such-thing",
      args: [],
    });
    expect(run).toMatchObject({ status: 127, report: { notStarted: undefined } });
    expect(run.complaint).toContain("no-such-thing");
  });

  describe("with servers outside", () => {
    const servers: Server[] = [];

    afterEach(() => {
      for (const server of servers.splice(0)) server.close();
    });

    async function serve(answer: (socket: Socket) => void): Promise<number> {
      const server = createServer(answer).listen(0, "127.0.0.1");
      servers.push(server);
      await once(server, "listening");
      const address = server.address();
      return typeof address === "object" && address !== null ? address.port : 0;
    }

    it("reaches the ports it may, whole transfers at a time, and no other", async () => {
      const allowed = await serve((socket) => socket.end(Buffer.alloc(3_000_000, "a")));
      const denied = await serve((socket) => socket.end("never"));
      const program = `
        const fetchAll = (port, host) => new Promise((resolve) => {
          let size = 0;
          require("net").connect(port, host)
            .on("data", (bytes) => (size += bytes.length))
            .on("end", () => resolve(size))
            .on("error", (error) => resolve(error.code));
        });
        (async () => {
          const sizes = await Promise.all([1, 2, 3, 4, 5].map(() => fetchAll(${String(allowed)}, "127.0.0.1")));
          console.log(sizes.join(), await fetchAll(${String(denied)}, "127.0.0.1"), await fetchAll(443, "192.0.2.7"));
        })();`;
      const room = smallRoom(ground, {
        readable: ["/usr", "/etc/ld.so.cache", process.execPath],
        loopbackPorts: [allowed],
        environment: {
          PATH: "/usr/bin",
          HOME: ground.home,
          UV_USE_IO_URING: "0",
          OPENSSL_CONF: "/dev/null",
        },
      });
      const run = await runInRoom(isolation, room, {
        program: process.execPath,
        args: ["-e", program],
      });
      expect(run.output).toBe("3000000,3000000,3000000,3000000,3000000 ECONNREFUSED ENETUNREACH\n");
      expectDenials(
        run,
        { kind: "network", target: `127.0.0.1:${String(denied)}` },
        { kind: "network", target: "192.0.2.7:443" },
      );
    });

    it("reaches no socket of the file system", async () => {
      const path = join(ground.project, "daemon.sock");
      const server = createServer((socket) => socket.end("never")).listen(path);
      servers.push(server);
      await once(server, "listening");
      const program = `require("net").connect(${JSON.stringify(path)}).on("data", String).on("error", (error) => console.log(error.code))`;
      const room = smallRoom(ground, {
        readable: ["/usr", "/etc/ld.so.cache", process.execPath],
        environment: {
          PATH: "/usr/bin",
          HOME: ground.home,
          UV_USE_IO_URING: "0",
          OPENSSL_CONF: "/dev/null",
        },
      });
      const run = await runInRoom(isolation, room, {
        program: process.execPath,
        args: ["-e", program],
      });
      expect(run.output).toBe("EACCES\n");
      expectDenials(run, { kind: "unix-socket", target: path });
    });
  });
}

/** Processes that work in this folder; the rooms of a test do. */
function processesIn(folder: string): readonly string[] {
  return readdirSync("/proc").filter((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    try {
      return readFileSync(`/proc/${entry}/environ`, "utf8").includes(
        `HOME=${join(folder, "../home")}`,
      );
    } catch {
      return false;
    }
  });
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 100 && !holds(); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
