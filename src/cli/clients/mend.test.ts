import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { tarballPath } from "../../act/gate/route.ts";
import { npmRef, type PackageRef } from "../../model/package-ref.ts";
import { mendFile, mendText, type Addresses } from "./mend.ts";

const GATE = "http://127.0.0.1:4873/";
const TRUTH = "https://registry.invalid";

const addresses: Addresses = {
  gateUrl: GATE,
  registryUrl: `${TRUTH}/`,
  tarballUrl: async (ref) => `${TRUTH}${tarballPath(ref)}`,
};

const refs: fc.Arbitrary<PackageRef> = fc
  .record({
    scope: fc.constantFrom("", "@corp/", "@a-b/"),
    base: fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/),
    version: fc.constantFrom("1.0.0", "0.1.2-rc.1", "10.2.3+build.5"),
  })
  .map(({ scope, base, version }) => npmRef(`${scope}${base}`, version));

/** The ways in which lockfiles and state files write an address. */
const lines = fc.constantFrom<(url: string) => string>(
  (url) => `  resolved "${url}#0123abcd"`,
  (url) => `    "x@^1": "${url}#0123abcd",`,
  (url) => `    resolution: {integrity: sha512-AA==, tarball: ${url}}`,
  (url) => `      tarball: ${url}`,
);

describe("mendText", () => {
  it("takes the gate out of whatever a client wrote with the gate in it", async () => {
    const written = fc.array(fc.tuple(refs, lines), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(written, fc.string(), async (entries, rest) => {
        const text = (origin: string): string =>
          [...entries.map(([ref, line]) => line(`${origin}${tarballPath(ref)}`)), rest].join("\n");
        expect(await mendText(text(GATE.slice(0, -1)), addresses)).toBe(text(TRUTH));
      }),
    );
  });

  it("leaves text without the gate as it is", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), async (text) => {
        fc.pre(!text.includes(GATE));
        expect(await mendText(text, addresses)).toBe(text);
      }),
    );
  });

  it("puts the registry's name where the gate's own stood", async () => {
    expect(await mendText(`{ "default": "${GATE}" }`, addresses)).toBe(
      `{ "default": "${TRUTH}/" }`,
    );
  });

  it("leaves an address that it knows no true one for", async () => {
    const text = `resolved "${GATE}a/-/a-1.0.0.tgz" and "${GATE}elsewhere/x.tgz"`;
    const unknown = { ...addresses, tarballUrl: async () => undefined };
    expect(await mendText(text, unknown)).toBe(text);
  });
});

describe("mendFile", () => {
  it("replaces the file whole, keeps its mode and leaves nothing else behind", async () => {
    const folder = await mkdtemp(join(tmpdir(), "veln-mend-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, "yarn.lock");
    await writeFile(path, `resolved "${GATE}a/-/a-1.0.0.tgz#1"\n`, { mode: 0o640 });
    await mendFile(path, addresses);
    await mendFile(join(folder, "absent"), addresses);
    expect({
      text: await readFile(path, "utf8"),
      mode: (await stat(path)).mode & 0o777,
      files: await readdir(folder),
    }).toEqual({
      text: `resolved "${TRUTH}/a/-/a-1.0.0.tgz#1"\n`,
      mode: 0o640,
      files: ["yarn.lock"],
    });
  });
});
