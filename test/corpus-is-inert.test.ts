import { globSync, readFileSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import { describe, expect, it } from "vitest";
import { CORPUS } from "./support/corpus.ts";

interface Text {
  readonly path: string;
  readonly text: string;
}

const texts = ["attacks", "obfuscation", "honest", "honest-steps"].flatMap((part) =>
  globSync("**/*", { cwd: join(CORPUS, part) })
    .filter((path) => statSync(join(CORPUS, part, path)).isFile())
    .map((path): Text => ({
      path: `${part}/${path.split(sep).join("/")}`,
      text: readFileSync(join(CORPUS, part, path), "utf8"),
    })),
);

const LAYERS_MAX = 4;

/** What is encoded is looked into as well, in both directions and as often as it is encoded. */
const unpacked = texts.flatMap(({ path, text }) =>
  layersOf(text).map((each) => ({ path, text: each })),
);

function layersOf(text: string, depth = 0): readonly string[] {
  if (depth === LAYERS_MAX) return [text];
  const inner = [
    ...runsIn(text, /[A-Za-z0-9+/]{16,}={0,2}/g).map((run) => Buffer.from(run, "base64")),
    ...runsIn(text, /(?:[\da-f]{2}){8,}/g).map((run) => Buffer.from(run, "hex")),
    ...runsIn(text, /(?:%[\da-f]{2}){8,}/g).map((run) =>
      Buffer.from(run.replaceAll("%", ""), "hex"),
    ),
    ...runsIn(text, /(?:\b\d{2,3}, ?){8,}\d{2,3}/g).map((run) =>
      Buffer.from(run.split(",").map(Number)),
    ),
  ].map((bytes) => bytes.toString("utf8"));
  return [text, ...inner.filter(isPlain).flatMap((each) => layersOf(each, depth + 1))];
}

function runsIn(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map(([run]) => run);
}

function isPlain(text: string): boolean {
  return /^[\x20-\x7e\s]{8,}$/.test(text);
}

/** Addresses whose host is neither written out as harmless nor put together at run time. */
function liveHosts(text: string): readonly string[] {
  return [...text.matchAll(/\b(?:https?|wss?|ftp|ssh|git):\/\/([\w.-]+)/gi)]
    .map(([, host = ""]) => host.toLowerCase().replace(/\.$/, ""))
    .filter((host) => !/^(?:.*\.)?(?:invalid|localhost)$|^127\.0\.0\.1$/.test(host));
}

describe("the corpus is inert", () => {
  it("is read whole", () => {
    expect(texts.length).toBeGreaterThan(300);
    expect(unpacked.some(({ text }) => text.startsWith("curl http://download.invalid/"))).toBe(
      true,
    );
  });

  it("names no host that exists", () => {
    const live = unpacked.flatMap(({ path, text }) =>
      liveHosts(text).map((host) => `${path}: ${host}`),
    );
    expect(live).toEqual([]);
  });

  it("names no service by its domain", () => {
    const named = unpacked
      .filter(({ text }) =>
        /\b(?:npmjs|github(?:usercontent)?|yarnpkg|telegram|discord|pastebin|oastify|ngrok)\.(?:org|com|io|me)\b/i.test(
          text,
        ),
      )
      .map(({ path }) => path);
    expect(named).toEqual([]);
  });

  it("deletes only below a folder that an unset variable names", () => {
    const deletes = unpacked
      .flatMap(({ path, text }) => text.split("\n").map((line) => ({ path, line })))
      .filter(
        ({ path, line }) =>
          !path.startsWith("honest") &&
          /\brm -[a-z]*[rf]|\bshred\b|\brd \/s|\bdel \/[a-z]|\bmkfs|\brmdir \/s/i.test(line),
      )
      .filter(({ line }) => !line.includes("VELN_FIXTURE_ROOT"))
      .map(({ path }) => path);
    expect(deletes).toEqual([]);
  });
});
