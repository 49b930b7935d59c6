import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import semver from "semver";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

interface LockedPackage {
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
  readonly integrity?: string;
}

const manifest = JSON.parse(readFileSync(`${ROOT}package.json`, "utf8")) as {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly engines: { readonly node: string };
};
const lock = JSON.parse(readFileSync(`${ROOT}package-lock.json`, "utf8")) as {
  readonly packages: Readonly<Record<string, LockedPackage>>;
};
const locked = Object.entries(lock.packages).filter(([path]) => path !== "");

describe("dependencies", () => {
  it("runs no install script on the machines of those who install Veln", () => {
    const shipped = locked.filter(([, item]) => item.dev !== true);
    expect(shipped.length).toBeGreaterThan(Object.keys(manifest.dependencies).length);
    expect(shipped.filter(([, item]) => item.hasInstallScript === true)).toEqual([]);
  });

  it("has a digest for everything it installs", () => {
    expect(locked.filter(([, item]) => item.integrity === undefined)).toEqual([]);
  });

  it("gives each runtime dependency its sentence in ARCHITECTURE.md", () => {
    const text = readFileSync(`${ROOT}ARCHITECTURE.md`, "utf8");
    const missing = Object.keys(manifest.dependencies).filter(
      (name) => !text.includes(`| \`${name}\` |`),
    );
    expect(missing).toEqual([]);
  });

  it("pins the tools it is built with", () => {
    const ranges = Object.values(manifest.devDependencies);
    expect(ranges.filter((range) => semver.valid(range) === null)).toEqual([]);
  });
});

describe("engines", () => {
  it.each(["22.22.1", "22.22.2", "22.30.0", "23.11.0", "24.14.9", "24.15.0", "25.1.0", "26.0.0"])(
    "says the same of Node %s in package.json and at start",
    (version) => {
      const script = `Object.defineProperty(process, "versions", { value: { node: ${JSON.stringify(version)} } });
        process.argv = ["node", "veln", "--version"];
        require(${JSON.stringify(`${ROOT}bin/veln.cjs`)});`;
      const { stdout, status } = run(script);
      const supported = semver.satisfies(version, manifest.engines.node);
      expect({ status, printed: stdout !== "" }).toEqual({
        status: supported ? 0 : 2,
        printed: supported,
      });
    },
  );
});

function run(script: string): { readonly stdout: string; readonly status: number } {
  try {
    const options = { encoding: "utf8", stdio: "pipe" } as const;
    return { stdout: execFileSync(process.execPath, ["-e", script], options), status: 0 };
  } catch (error) {
    const { stdout, status } = error as { stdout: string; status: number };
    return { stdout, status };
  }
}
