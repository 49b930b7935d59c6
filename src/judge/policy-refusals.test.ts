import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Failure } from "../model/failure.ts";
import { DEFAULT_POLICY } from "./defaults.ts";
import { policyDigest } from "./policy-digest.ts";
import { parsePolicy, type PolicyOptions, type PolicySource } from "./policy.ts";

const HEX = "0123456789abcdef".repeat(8);
const SRI = `sha512-${Buffer.from(HEX, "hex").toString("base64")}`;

function user(text: string): PolicySource {
  return { path: "config.toml", text, from: "user" };
}

function project(text: string): PolicySource {
  return { path: "veln.toml", text, from: "project" };
}

function failureOf(sources: readonly PolicySource[], options: PolicyOptions = {}): Failure {
  try {
    parsePolicy(sources, options);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error("the policy was taken");
}

function outcomeOf(text: string): string {
  try {
    parsePolicy([project(text)]);
    return "taken";
  } catch (error) {
    return error instanceof Failure ? error.code : `crashed: ${String(error)}`;
  }
}

const VALID_EXCEPTION = {
  package: '"x@1.0.0"',
  sha512: `"${HEX}"`,
  reason: '"r"',
  owner: '"o"',
  expires: "2026-12-31",
};

function exception(changed: Partial<Record<keyof typeof VALID_EXCEPTION, string>>): string {
  const fields = Object.entries({ ...VALID_EXCEPTION, ...changed });
  return ["[[exceptions]]", ...fields.map(([key, value]) => `${key} = ${value}`)].join("\n");
}

function expectation(line?: string): string {
  const named = line === undefined ? [] : ['package = "x"', line];
  return ["[[provenance.expect]]", ...named].join("\n");
}

function repository(address: string): string {
  return expectation(`repository = "${address}"`);
}

function trust(fields: string, registry = "https://npm.invalid"): string {
  return `[[provenance.registries]]\nregistry = "${registry}"\n${fields}\n`;
}

function exceptionWithout(name: keyof typeof VALID_EXCEPTION): string {
  const fields = Object.entries(VALID_EXCEPTION).filter(([key]) => key !== name);
  return ["", "[[exceptions]]", ...fields.map(([key, value]) => `${key} = ${value}`)].join("\n");
}

describe("a policy is refused whole, with line and column, for", () => {
  it.each<[what: string, text: string, line: number, column: number, complaint: string]>([
    ["a missing value", "[cooling]\nmin_version_age =", 2, 18, "is not TOML"],
    ["an open string", 'a = "x', 1, 7, "is not TOML"],
    ["a key defined twice", "[thresholds]\nallow = 80\nallow = 1\n", 3, 1, "is not TOML"],
    ["a table defined twice", "[warn]\n[limits]\n[warn]\n", 3, 2, "is not TOML"],
    ["a date that is none", "x = 2026-02-30", 1, 14, "is not TOML"],
    ["an unknown table", "[colling]\n", 1, 2, "unknown key colling (did you mean cooling?)"],
    [
      "an unknown key",
      '[cooling]\n  min_version_ages = "2h"',
      2,
      3,
      "unknown key cooling.min_version_ages (did you mean cooling.min_version_age?)",
    ],
    ["an unknown dotted key", "warn.zzzzz = 1", 1, 6, "unknown key warn.zzzzz."],
    ["__proto__", "[__proto__]\nx = 1", 1, 2, "unknown key __proto__."],
    ["__proto__ in a table", "[cooling]\n__proto__ = {}", 2, 1, "unknown key cooling.__proto__."],
    ["a value for a table", "cooling = 3", 1, 11, "gives cooling a value"],
    ["a table for a value", "[thresholds.allow]\nx = 1", 1, 13, "the value a table"],
    ["a list for a table", "[[cooling]]\nexclude = []", 1, 3, "gives cooling a value"],
    ["a table for a list", "[exceptions]\nreason = 1", 1, 2, "the value a table"],
    ["a duration without unit", '[cooling]\nmin_version_age = "2"', 2, 19, "a duration such as"],
    ["a duration that is a number", "cooling.min_version_age = 2", 1, 27, "a duration such as"],
    ["a duration out of range", 'limits.signal_timeout = "2h"', 1, 25, "from 1s to 10m"],
    ["a number out of range", "thresholds.allow = 101", 1, 20, "the value 101, where a whole"],
    ["a number with a point", "thresholds.allow = 80.0", 1, 20, "a whole number"],
    ["a number that is text", 'thresholds.allow = "80"', 1, 20, 'the value "80"'],
    ["a choice nobody offered", 'warn.raise_to = "allow"', 1, 17, '"warn" or "hold" or "block"'],
    ["a yes that is text", 'cooling.allow_security_fixes = "yes"', 1, 32, "true or false"],
    ["thresholds out of order", "[thresholds]\nhold = 90", 2, 8, "thresholds.hold above"],
    ["warn over hold", "thresholds = { warn = 50 }", 1, 23, "thresholds.warn above"],
    ["no package name", 'cooling.exclude = ["a", "../b"]', 1, 25, "a package name"],
    ["a star without scope", 'cooling.exclude = ["*"]', 1, 20, "a package name"],
    ["a star at the end of a name", 'cooling.exclude = ["@a/b*"]', 1, 20, "a package name"],
    ["a star in an unscoped name", 'cooling.exclude = ["a/*"]', 1, 20, "a package name"],
    ["an exclusion without package", "cooling.exclude = [{ }]", 1, 20, "without package"],
    [
      "an exclusion with another key",
      'cooling.exclude = [{ package = "a", deep = true }]',
      1,
      37,
      "unknown key cooling.exclude.deep",
    ],
    [
      "an unknown key of a table in a table",
      "[provenance.audit]\nfail = []",
      2,
      1,
      "unknown key provenance.audit.fail (did you mean provenance.audit.fail_on?)",
    ],
    [
      "an unknown table in a table",
      "[provenance.audits]\nfail_on = []",
      1,
      13,
      "unknown key provenance.audits (did you mean provenance.audit?)",
    ],
    [
      "a value for a table in a table",
      "provenance.audit = 3",
      1,
      20,
      "gives provenance.audit a value",
    ],
    ["a fault nobody knows", 'provenance.audit.fail_on = ["bad"]', 1, 29, '"failed" or "unsigned"'],
    ["a time without end", 'provenance.audit.timeout = "2h"', 1, 28, "from 1s to 1h"],
    ["an ill-formed signal id", '[signals."A b"]\nignore = true', 1, 10, "unknown key signals.A b"],
    [
      "an unknown key of a signal",
      '[signals.x]\natleast = "warn"',
      2,
      1,
      "(did you mean signals.x.at_least?)",
    ],
    [
      "ignoring what cannot be ignored",
      "[signals.bytes-differ-from-registry]\nignore = true",
      2,
      10,
      "which cannot be ignored",
    ],
    ["an exception without package", exceptionWithout("package"), 2, 3, "without package"],
    ["an exception without sha512", exceptionWithout("sha512"), 2, 3, "without sha512"],
    ["an exception without reason", exceptionWithout("reason"), 2, 3, "without reason"],
    ["an exception without owner", exceptionWithout("owner"), 2, 3, "without owner"],
    ["an exception without end", exceptionWithout("expires"), 2, 3, "without expires"],
    ["an exception for a range", exception({ package: '"x@^1.0.0"' }), 2, 11, "exact version"],
    ["a digest that is too short", exception({ sha512: '"abcd"' }), 3, 10, "a sha512"],
    ["a digest of another kind", exception({ sha512: '"sha256-AAAA"' }), 3, 10, "a sha512"],
    ["two digests", exception({ sha512: `"${SRI} ${SRI}"` }), 3, 10, "a sha512"],
    ["an empty reason", exception({ reason: '" "' }), 4, 10, "a printable text"],
    ["a long reason", exception({ reason: `"${"x".repeat(201)}"` }), 4, 10, "a printable text"],
    ["an unprintable reason", exception({ reason: '"a\\u001b[2J"' }), 4, 10, "a printable text"],
    ["a date in quotes", exception({ expires: '"2026-12-31"' }), 6, 11, "a date such as"],
    ["a time without offset", exception({ expires: "2026-12-31T10:00:00" }), 6, 11, "its offset"],
    ["a time of day alone", exception({ expires: "10:00:00" }), 6, 11, "a date such as"],
    ["a deny rule without reason", '[[deny]]\npackage = "x"', 1, 3, "without reason"],
    [
      "a range that is none",
      '[[deny]]\npackage = "x"\nreason = "r"\nrange = "a b"',
      4,
      9,
      "a range",
    ],
    ["an expectation without package", expectation(), 1, 14, "without package"],
    ["an expectation that is a value", "provenance.expect = [1]", 1, 22, "a table with package"],
    ["an unknown property", expectation("repo = 1"), 3, 1, "unknown key provenance.expect.repo"],
    ["nothing expected", expectation("require = false"), 1, 14, "that expects nothing"],
    ["a star for the owner", repository("https://github.com/*/name"), 3, 14, "its owner written"],
    ["a star in the owner", repository("https://github.com/o*/name"), 3, 14, "its owner written"],
    ["a star for the host", repository("https://*/owner/name"), 3, 14, "its owner written"],
    ["two stars in a segment", repository("https://github.com/o/**"), 3, 14, "an address such"],
    ["a repository in short", repository("owner/name"), 3, 14, "an address such as"],
    ["a repository over http", repository("http://github.com/o/n"), 3, 14, "an address such"],
    ["a repository with a user", repository("https://a@github.com/o/n"), 3, 14, "an address"],
    ["a repository's clone", repository("https://github.com/o/n.git"), 3, 14, "an address such"],
    ["a slash at the end", repository("https://github.com/o/n/"), 3, 14, "an address such as"],
    ["a repository's dots", repository("https://github.com/o/.."), 3, 14, "an address such as"],
    ["a query", repository("https://github.com/o/n?x"), 3, 14, "an address such as"],
    ["an owner alone", repository("https://github.com/owner"), 3, 14, "an address such as"],
    ["a number with a sign", expectation("repository_id = -1"), 3, 17, "a number such as"],
    ["a number beyond all", expectation("owner_id = 1e99"), 3, 12, "a number such as"],
    ["a number with letters", expectation('owner_id = "12a"'), 3, 12, "a number such as"],
    ["an absolute workflow", expectation('workflow = "/a.yml"'), 3, 12, "a path in the repository"],
    ["a workflow above", expectation('workflow = "../a.yml"'), 3, 12, "a path in the repository"],
    ["a bare branch", expectation('ref = "main"'), 3, 7, 'a ref such as "refs/heads/main"'],
    ["a kind of ref alone", expectation('ref = "refs/tags"'), 3, 7, "a ref such as"],
    ["another runner", expectation('runner = "mine"'), 3, 10, '"hosted" or "self-hosted"'],
    [
      "a pattern of issuers",
      expectation('issuer = "https://*.a.invalid"'),
      3,
      10,
      "the address of",
    ],
    ["a signer without owner", expectation('signer = "https://*/x"'), 3, 10, "its owner written"],
    [
      "unprintable text",
      expectation('workflow = "a\\u001b[2J"'),
      3,
      12,
      "a path in the repository",
    ],
    [
      "trust for no registry",
      '[[provenance.registries]]\ntrust_root = "a"',
      1,
      14,
      "without registry",
    ],
    ["trust for a path", trust('trust_root = "a"', "npm/"), 2, 12, "an address such as"],
    [
      "trust for a password",
      trust('trust_root = "a"', "https://a:b@c.invalid"),
      2,
      12,
      "an address",
    ],
    ["trust for a query", trust('trust_root = "a"', "https://c.invalid/?a"), 2, 12, "an address"],
    ["trust in nothing", trust(""), 1, 14, "neither trust_root nor tuf_mirror"],
    ["trust in keys alone", trust('keys = "a"'), 1, 14, "without trust_root"],
    ["a mirror without root", trust('tuf_mirror = "https://a.invalid"'), 1, 14, "without tuf_root"],
    ["a root without mirror", trust('tuf_root = "a"'), 1, 14, "without tuf_mirror"],
    [
      "trust in files and a mirror",
      trust('trust_root = "a"\ntuf_mirror = "https://a.invalid"\ntuf_root = "a"'),
      1,
      14,
      "both files and a mirror",
    ],
    ["a mirror that is a file", trust('tuf_mirror = "a"\ntuf_root = "a"'), 3, 14, "an address"],
    ["an empty path", trust('trust_root = ""'), 3, 14, "the path of a file"],
    [
      "another key of trust",
      trust('key = "a"'),
      3,
      1,
      "(did you mean provenance.registries.keys?)",
    ],
    [
      "another key of provenance",
      "[provenance]\nregistry = []",
      2,
      1,
      "unknown key provenance.regi",
    ],
    [
      "trust twice",
      `${trust('keys = "a"\ntrust_root = "a"')}${trust('trust_root = "b"', "https://npm.invalid:443")}`,
      5,
      14,
      "two entries of provenance.registries for https://npm.invalid/",
    ],
    ["nesting without end", `x = ${"[".repeat(9000)}${"]".repeat(9000)}`, 1, 1, "too deeply"],
    ["deep nesting", `x = ${"[".repeat(40)}${"]".repeat(40)}`, 1, 21, "too deeply"],
    ["deep tables", `[${"a.".repeat(40)}b]`, 1, 2, "too deeply"],
    ["a file without end", `# ${"x".repeat(300_000)}`, 1, 1, "is longer than"],
  ])("%s", (_what, text, line, column, complaint) => {
    const failure = failureOf([project(text)]);
    expect({
      code: failure.code,
      path: failure.detail.path,
      line: failure.detail.line,
      column: failure.detail.column,
    }).toEqual({ code: "bad-policy", path: "veln.toml", line, column });
    const place = `veln.toml:${String(line)}:${String(column)}`;
    expect(failure.message.startsWith(`The policy ${place} is refused: it `)).toBe(true);
    expect(failure.message).toContain(complaint);
  });

  it("anything else that is no policy, and never fails in another way", () => {
    const word = fc.constantFrom(
      ..."[ ] [[ ]] { } = . , \n \" ' # cooling exclude provenance expect exceptions deny signals x package".split(
        " ",
      ),
      ...'ignore true 80 -1 1e9 nan 2026-12-31 10:00:00 "2h" allow thresholds __proto__'.split(" "),
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(word, { maxLength: 30 }).map((all) => all.join(" ")),
    );
    fc.assert(
      fc.property(text, (written) => {
        const result = outcomeOf(written);
        expect(["taken", "bad-policy"]).toContain(result);
      }),
      { numRuns: 1000 },
    );
  });

  it("a signal that does not exist, when the signals are known", () => {
    const text = "[signals.runs-code-on-install]\nignore = true";
    const failure = failureOf([user(text)], { signalIds: ["runs-code-at-install"] });
    expect(failure.detail).toEqual({
      path: "config.toml",
      line: 1,
      column: 10,
      found: "signals.runs-code-on-install",
      wanted: "signals.runs-code-at-install",
    });
  });

  it("thresholds that are in order in each file, but not together", () => {
    const failure = failureOf([user("thresholds.hold = 70"), project("thresholds.allow = 60")]);
    expect(failure.detail).toEqual({
      path: "veln.toml",
      line: 1,
      column: 20,
      wanted: "allow >= hold >= warn",
    });
  });

  it("text in its path that a terminal would obey", () => {
    const failure = failureOf([{ path: "a\u001b[2Jb", text: "x = 1", from: "user" }]);
    expect(failure.detail.path).toBe("a\\u{1b}[2Jb");
  });
});

describe("a project that may not loosen", () => {
  const strict = user("[project]\nmay_loosen = false\n");

  it.each([
    ["the cooling window", 'cooling.min_version_age = "1h"'],
    ["exclusions", 'cooling.exclude = ["a"]'],
    ["a threshold", "thresholds.allow = 79"],
    ["a weight", "weights.high = 34"],
    ["git dependencies", 'dependencies.git = "allow"'],
    ["what a limit costs", 'limits.on_exceeded = "warn"'],
    ["the memory of an examination", "limits.memory_mb = 64"],
    ["reuse", 'verdicts.reuse = "2d"'],
    ["a signal", "signals.x.ignore = true"],
    ["exceptions", exception({})],
    ["whom to trust for a registry", trust('trust_root = "a"')],
  ])("is refused when it loosens %s, and heard when the user does not mind", (_what, text) => {
    const failure = failureOf([strict, project(text)]);
    expect(failure.code).toBe("bad-policy");
    expect(failure.detail.path).toBe("veln.toml");
    expect(failure.message).toContain("milder than your own policy");
    expect(policyDigest(parsePolicy([project(text)]))).not.toBe(policyDigest(DEFAULT_POLICY));
    expect(parsePolicy([strict, user(text)])).toEqual(parsePolicy([user(text)]));
  });

  it.each(['["failed"]', '["unsigned", "unknown"]', "[]"])(
    "may not have an audit fail for less: %s",
    (faults) => {
      const text = `provenance.audit.fail_on = ${faults}`;
      expect(failureOf([strict, project(text)]).message).toContain("milder than your own policy");
      // No verdict depends on it.
      expect(policyDigest(parsePolicy([project(text)]))).toBe(policyDigest(DEFAULT_POLICY));
    },
  );

  it("may still be stricter", () => {
    const text =
      'cooling.min_version_age = "1d"\ncooling.unknown_date = "hold"\nthresholds.allow = 90\n' +
      'warn.raise_to = "block"\nsignals.x.at_least = "hold"\n[[deny]]\npackage="a"\nreason="r"\n' +
      '[[provenance.expect]]\npackage="a"\nrunner="hosted"\n' +
      '[provenance.audit]\nfail_on = ["outside", "failed", "unsigned"]';
    expect(parsePolicy([strict, project(text)])).toEqual(parsePolicy([project(text)]));
  });

  it("cannot give itself the permission", () => {
    const failure = failureOf([strict, project("\n[project]\nmay_loosen = true")]);
    expect(failure.detail).toEqual({ path: "veln.toml", line: 2, column: 2 });
  });
});
