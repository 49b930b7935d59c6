import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Failure } from "../../../model/failure.ts";
import type { Room } from "../room.ts";
import { profileOf } from "./profile.ts";

const HOME = "/private/var/folders/x/veln-room/home";

function room(given: Partial<Room> = {}): Room {
  return {
    readable: ["/opt/node", "/Users/dev/.nvm/versions"],
    writable: ["/Users/dev/project", "/Users/dev/.cache/veln/run-1"],
    guarded: ["/Users/dev/project/.git/hooks/", "/Users/dev/project/.mcp.json"],
    links: { "/Users/dev/.nvm/current": "versions/v24" },
    shown: {},
    home: "/Users/dev",
    workingFolder: "/Users/dev/project",
    environment: {},
    loopbackPorts: [4000, 4001],
    limits: {
      processesMax: 1,
      memoryBytesMax: 1,
      fileBytesMax: 1,
      diskBytesMax: 1,
      timeoutMs: undefined,
    },
    ...given,
  };
}

type Form = string | readonly Form[];

/** Reads S-expressions; strings keep a quote in front, so that they cannot be taken for symbols. */
function parse(text: string): readonly Form[] {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[()]|[^\s()"]+/gs) ?? [];
  expect(tokens.join("").replace(/\s/g, "")).toBe(text.replace(/\s/g, ""));
  const stack: Form[][] = [[]];
  for (const token of tokens) {
    if (token === "(") stack.push([]);
    else if (token === ")") {
      const done = stack.pop() ?? [];
      stack.at(-1)?.push(done);
    } else {
      const isString = token.startsWith('"');
      stack.at(-1)?.push(isString ? `"${token.slice(1, -1).replace(/\\(.)/gs, "$1")}` : token);
    }
  }
  expect(stack).toHaveLength(1);
  return stack[0] ?? [];
}

function fits(filter: Form, path: string): boolean {
  const [kind, text] = filter as readonly [string, string];
  const tree = text.slice(1);
  if (kind === "literal") return path === tree;
  return kind === "subpath" && (path === tree || path.startsWith(`${tree}/`));
}

/** As the system decides: the last line that fits, and "deny" where none does. */
function decide(profile: string, operation: string, path: string): string {
  let decision = "deny";
  for (const form of parse(profile)) {
    const [verb = "", ...rest] = form as readonly Form[];
    const operations = rest.filter((item): item is string => typeof item === "string");
    const filters = rest.filter((item) => typeof item !== "string");
    const isMeant = operations.some(
      (name) =>
        name === operation || (name.endsWith("*") && operation.startsWith(name.slice(0, -1))),
    );
    if (isMeant && filters.some((filter) => fits(filter, path))) decision = verb as string;
  }
  return decision;
}

describe("profileOf", () => {
  const profile = profileOf(room(), HOME);

  it.each([
    ["file-read-data", "/usr/bin/git", "allow"],
    ["file-read-data", "/opt/node/bin/node", "allow"],
    ["process-exec", "/opt/node/bin/node", "allow"],
    ["file-read-data", "/Users/dev/.nvm/versions/v24/bin/npm", "allow"],
    ["file-read-metadata", "/Users/dev/.nvm/current", "allow"],
    ["file-read-metadata", "/Users/dev", "allow"],
    ["file-read-data", "/Users/dev/project/package.json", "allow"],
    ["file-write-create", "/Users/dev/project/node_modules/a", "allow"],
    ["file-link", "/Users/dev/project/node_modules/a/b", "allow"],
    ["file-read-data", "/Users/dev/project/.git/hooks/pre-commit", "allow"],
    ["file-write-data", `${HOME}/.cache/x`, "allow"],
    ["file-write-data", "/dev/null", "allow"],
    ["file-read-data", "/Users/dev/.ssh/id_ed25519", "deny"],
    ["file-read-data", "/Users/dev", "deny"],
    ["file-read-metadata", "/Users/dev/.aws", "deny"],
    ["file-read-data", "/Users/dev/.npmrc", "deny"],
    ["file-read-data", "/Users/other/x", "deny"],
    ["file-read-data", "/private/etc/master.passwd", "deny"],
    ["file-read-data", "/Library/Keychains/System.keychain", "deny"],
    ["file-read-data", "/Users/dev/project-of-mine/x", "deny"],
    ["file-write-create", "/Users/dev/project/.git/hooks/pre-commit", "deny"],
    ["file-write-create", "/Users/dev/project/.git/hooks", "deny"],
    ["file-link", "/Users/dev/project/.git/hooks/pre-commit", "deny"],
    ["file-write-data", "/Users/dev/project/.mcp.json", "deny"],
    ["file-write-unlink", "/Users/dev/project/.git", "deny"],
    ["file-write-unlink", "/Users/dev/project", "deny"],
    ["file-write-setugid", "/Users/dev/project/x", "deny"],
    ["file-write-data", "/usr/bin/git", "deny"],
    ["file-write-data", "/opt/node/bin/node", "deny"],
    ["file-write-data", "/Users/dev/.zshrc", "deny"],
    ["file-write-data", "/Users/dev/Library/LaunchAgents/x.plist", "deny"],
    ["file-write-create", "/private/tmp/x", "deny"],
    ["file-ioctl", "/dev/ttys001", "deny"],
    ["file-read-data", "/dev/ttys001", "deny"],
    ["process-exec", "/Users/dev/.local/bin/x", "deny"],
    ["process-exec", "/private/tmp/x", "deny"],
  ])("%s of %s: %s", (operation, path, decision) => {
    expect(decide(profile, operation, path)).toBe(decision);
  });

  it("opens the listed ports of this machine and no other way out", () => {
    const lines = profile.split("\n").filter((line) => /network|socket|bind/.test(line));
    expect(lines).toEqual([
      '(allow network-outbound (remote ip "localhost:4000"))',
      '(allow network-outbound (remote ip "localhost:4001"))',
    ]);
  });

  it("allows nothing of these at all, and nothing without a filter but to fork", () => {
    const denied =
      /keychain|SecurityServer|securityd|pasteboard|launchservices|mDNSResponder|dnssd|procargs|appleevent|iokit|mach-register|mach-priv|ipc-posix|job-creation|system-|nvram|user-preference/i;
    expect(profile).not.toMatch(denied);
    const bare = parse(profile).filter(
      (form) => form[0] === "allow" && (form as Form[]).every((item) => typeof item === "string"),
    );
    expect(bare).toEqual([["allow", "process-fork"]]);
    expect(parse(profile).slice(0, 2)).toEqual([
      ["version", "1"],
      ["deny", "default"],
    ]);
  });

  it.each([
    ['/Users/dev/it"s) (allow default', "quotes and brackets"],
    ["/Users/dev/back\\slash", "a backslash"],
    ['/Users/dev/\\") (allow file-read* (subpath "/', "both"],
    ["/Users/dev/; (allow default)", "a comment"],
    ["/Users/dev/#|x|#", "a block comment"],
    ["/Users/dev/größe 名前", "letters of other alphabets"],
  ])("writes %s as a string: %s", (path) => {
    const text = profileOf(room({ writable: [path], guarded: [`${path}/.husky/`] }), HOME);
    expect(decide(text, "file-write-data", `${path}/x`)).toBe("allow");
    expect(decide(text, "file-write-data", `${path}/.husky/x`)).toBe("deny");
    expect(parse(text).filter((form) => form[1] === "default")).toEqual([["deny", "default"]]);
  });

  it.each(["/Users/dev/a\nb", "/Users/dev/a\u0000b", "/Users/dev/\u001b[2J", "/Users/dev/\u202ex"])(
    "refuses %j",
    (path) => {
      expect(() => profileOf(room({ writable: [path] }), HOME)).toThrow(Failure);
    },
  );

  it("says of any room what the room says: the innermost tree decides", () => {
    const name = fc.constantFrom("a", "b", 'c"', "d\\", "e)");
    const path = fc
      .array(name, { minLength: 1, maxLength: 4 })
      .map((names) => `/Users/dev/${names.join("/")}`);
    const paths = fc.uniqueArray(path, { maxLength: 4 });
    fc.assert(
      fc.property(paths, paths, path, (all, readable, asked) => {
        const isReadable = new Set(readable);
        const writable = all.filter((tree) => !isReadable.has(tree));
        const text = profileOf(room({ readable, writable, guarded: [] }), HOME);
        const innermost = [...readable, ...writable]
          .filter((tree) => asked === tree || asked.startsWith(`${tree}/`))
          .toSorted((a, b) => b.split("/").length - a.split("/").length)[0];
        const may = (is: boolean): string => (is ? "allow" : "deny");
        expect([
          decide(text, "file-read-data", asked),
          decide(text, "file-write-data", asked),
        ]).toEqual([
          may(innermost !== undefined),
          may(innermost !== undefined && writable.includes(innermost)),
        ]);
      }),
    );
  });
});
