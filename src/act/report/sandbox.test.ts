import { describe, expect, it } from "vitest";
import type { Denial } from "../sandbox/room.ts";
import { allowanceFor, type RoomPlace } from "./allowance.ts";
import { isWorthTelling, sandboxJson, sandboxSummary, type SandboxOutcome } from "./sandbox.ts";

const PLACE: RoomPlace = {
  home: "/home/dev",
  project: "/home/dev/app",
  guarded: ["/home/dev/app/.git/hooks/", "/home/dev/app/.npmrc", "/home/dev/app/sub/yarn.lock"],
};
const LAYOUT = { color: false, columns: 80 };

function denial(changed: Partial<Denial>): Denial {
  return {
    kind: "file-read",
    target: "/home/dev/.ssh/id_rsa",
    by: "evil@1.0.0",
    program: "node",
    times: 1,
    ...changed,
  };
}

function outcome(changed: Partial<SandboxOutcome> = {}): SandboxOutcome {
  return {
    mode: "require",
    isolation: "bubblewrap",
    layers: ["mounts", "network"],
    lacks: [],
    denials: [],
    denialsDropped: 0,
    downloads: [],
    kept: [],
    failures: [],
    place: PLACE,
    ...changed,
  };
}

describe("allowanceFor", () => {
  it.each<readonly [Partial<Denial>, string | undefined]>([
    [{}, '[sandbox] read = ["~/.ssh/id_rsa"]'],
    [{ kind: "execute", target: "/opt/tool/bin/x" }, '[sandbox] read = ["/opt/tool/bin/x"]'],
    [{ kind: "file-write", target: "/opt/cache/a/b" }, '[sandbox] write = ["/opt/cache/a"]'],
    [{ kind: "file-write", target: "/home/dev/.bashrc" }, '[sandbox] write = ["~/.bashrc"]'],
    [{ kind: "file-write", target: "/boot" }, '[sandbox] write = ["/boot"]'],
    [
      { kind: "file-write", target: "/home/dev/app/.git/hooks/post-commit" },
      '[sandbox] unguarded = [".git/hooks"]',
    ],
    [{ kind: "file-write", target: "/home/dev/app/.npmrc" }, '[sandbox] unguarded = [".npmrc"]'],
    [{ kind: "file-write", target: "/home/dev/app/.npmrc.bak" }, '[sandbox] write = ["~/app"]'],
    [
      { kind: "network", target: "github.com:443", program: "" },
      '[sandbox] hosts = ["github.com:443"]',
    ],
    [{ kind: "network", target: "203.0.113.5:443" }, undefined],
    [{ kind: "unix-socket", target: "/run/docker.sock" }, undefined],
    [{ kind: "system-call", target: "ptrace" }, undefined],
    [{ kind: "limit", target: "memory" }, "[sandbox.limits] memory_mb"],
    [{ target: "/home/dev" }, undefined],
    [{ target: "/" }, undefined],
    [{ target: "/home/dev/a\u001b[2J" }, undefined],
    [{ target: '/home/dev/"]\nmode = "off' }, undefined],
  ])("for %o is %s", (changed, line) => {
    expect(allowanceFor(denial(changed), PLACE)).toBe(line);
  });

  it("writes down a quote as TOML does", () => {
    expect(allowanceFor(denial({ target: '/opt/a"b' }), PLACE)).toBe(
      String.raw`[sandbox] read = ["/opt/a\"b"]`,
    );
  });
});

describe("the summary of a sandbox", () => {
  it("names the layers, what was denied to whom, and how to allow it", () => {
    const lines = sandboxSummary(
      outcome({
        denials: [
          denial({ by: undefined, kind: "system-call", target: "ptrace", times: 3 }),
          denial({}),
          denial({ kind: "network", target: "203.0.113.5:443", times: 2 }),
        ],
        denialsDropped: 4,
        downloads: [{ from: "nodejs.org:443", by: "native@2.0.0", times: 1, bytes: 12_000 }],
        kept: ["/home/dev/.cache/puppeteer/chrome/linux-1"],
        failures: ["nodejs.org:443 cannot be reached."],
      }),
      LAYOUT,
    );
    expect(lines).toEqual([
      "Scripts ran in a sandbox: bubblewrap (mounts, network).",
      "  denied evil@1.0.0 wanted to reach 203.0.113.5:443 (node, 2 times)",
      "  denied evil@1.0.0 wanted to read ~/.ssh/id_rsa (node)",
      '    if that is honest: [sandbox] read = ["~/.ssh/id_rsa"]',
      "  denied a script wanted to call ptrace (node, 3 times)",
      "  and 4 more that the sandbox denied",
      "  native@2.0.0 downloaded 12.0 kB from nodejs.org:443",
      "  kept for other projects, too: ~/.cache/puppeteer/chrome/linux-1",
      "  nodejs.org:443 cannot be reached.",
    ]);
  });

  it("says that a layer is lost, and that there is no sandbox at all", () => {
    const lacks = [{ what: "bubblewrap", why: "There is no bwrap.", remedy: "Install it." }];
    const lesser = outcome({ isolation: "landlock", layers: ["landlock-files"], lacks });
    expect(sandboxSummary(lesser, LAYOUT)).toEqual([
      "Scripts ran in a sandbox: landlock (landlock-files).",
      "  bubblewrap would be better, and does not work: There is no bwrap.",
      "  veln doctor says what to do about it.",
    ]);
    const none = outcome({ isolation: undefined, layers: [], mode: "prefer", lacks });
    expect(sandboxSummary(none, LAYOUT).join(" ")).toContain(
      "with your own rights, in no sandbox: nothing on this machine",
    );
    const off = outcome({ isolation: undefined, layers: [], mode: "off" });
    expect(sandboxSummary(off, LAYOUT).join(" ")).toContain('sandbox.mode = "off"');
    expect([lesser, none, off].map(isWorthTelling)).toEqual([false, true, false]);
  });

  it("prints what scripts wrote as text, and passes over what every Node tries", () => {
    const hostile = outcome({
      denials: [denial({ by: "a\u001b]0;x\u0007@1", program: "\u202enode", target: "/x\n/y" })],
    });
    const habit = outcome({ denials: [denial({ kind: "system-call", target: "io_uring_setup" })] });
    const said = sandboxSummary(hostile, LAYOUT).join("");
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    expect(said).not.toMatch(/[\u0000-\u001f\u007f\u202e]/);
    expect([isWorthTelling(hostile), isWorthTelling(habit)]).toEqual([true, false]);
    expect(sandboxSummary(habit, LAYOUT)).toHaveLength(1);
    expect(sandboxJson(habit)).toMatchObject({ denials: [{ target: "io_uring_setup" }] });
  });
});
