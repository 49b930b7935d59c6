import { existsSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { readArchive } from "../../src/acquire/archive/read-archive.ts";
import { manifestOf } from "../../src/check.ts";
import { runSignals } from "../../src/examine/run.ts";
import { known, type Answer, type Gathered } from "../../src/examine/signal.ts";
import { SIGNALS, type AnySignal } from "../../src/examine/signals.ts";
import type { ExaminedSignal } from "../../src/model/examination.ts";
import type { FileEntry, FileTree } from "../../src/model/file-tree.ts";
import { npmRef } from "../../src/model/package-ref.ts";
import { readerIn, type Mode } from "../parse/readers.ts";
import { userEnvironment } from "../user-environment.ts";

/** What the same packages are read by: Lens, the parser alone in two modes, another analyser. */
export const WAYS = ["lens", "lazy", "raw", "js-x-ray"] as const;
export type Way = (typeof WAYS)[number];

/** One package, unpacked before the clock starts. */
export interface Unpacked {
  readonly name: string;
  readonly version: string;
  readonly files: FileTree;
  /** JavaScript and TypeScript by its name, declarations left out. */
  readonly sources: readonly FileEntry[];
}

/** Reads one package and says how many of its files it gave up on. */
export type Read = (subject: Unpacked) => number | Promise<number>;

export const LENS = "source-is-suspicious";

/** What Veln parses at most; no way is given larger files. */
const SOURCE_BYTES_MAX = 16 * 1024 * 1024;

export async function unpack(name: string, version: string, path: string): Promise<Unpacked> {
  const files = await readArchive(await readFile(path));
  const sources = files.entries.filter(
    ({ path, size }) =>
      /\.(?:[cm]?[jt]s|jsx|tsx)$/i.test(path) &&
      !/\.d\.[cm]?ts$/i.test(path) &&
      size <= SOURCE_BYTES_MAX,
  );
  return { name, version, files, sources };
}

export async function readBy(way: Way): Promise<Read> {
  if (way === "lens") return lens();
  return way === "js-x-ray" ? jsXRay() : parser(way);
}

function parser(mode: Mode): Read {
  const reader = readerIn(mode);
  return ({ files, sources }) =>
    sources.filter((entry) => !reader.file(files.text(entry), isTyped(entry) ? "ts" : "jsx"))
      .length;
}

function lens(): Read {
  const signal = signalNamed(LENS);
  return async (subject) => {
    const { result } = await examined(signal, subject);
    return result.outcome === "unknown" ? 1 : 0;
  };
}

function signalNamed(id: string): AnySignal {
  const signal = SIGNALS.find((other) => other.id === id);
  if (signal === undefined) throw new Error(`There is no signal "${id}".`);
  return signal;
}

/** By the product's own runner, in this thread: what a worker and its messages cost is not Lens. */
async function examined(signal: AnySignal, subject: Unpacked): Promise<ExaminedSignal> {
  let answer: ExaminedSignal | undefined;
  await runSignals([signal], gatheredFrom(subject), new AbortController().signal, {
    onResult: (result) => {
      answer = result;
    },
  });
  if (answer === undefined) throw new Error(`${signal.id} does not answer on ${subject.name}.`);
  return answer;
}

function gatheredFrom({ name, version, files }: Unpacked): Gathered {
  const unasked: Answer<never> = { state: "unknown", why: "a measurement asks nobody" };
  const entry = files.get("package.json");
  const manifest = entry === undefined ? undefined : manifestOf(files.text(entry));
  const digests = { sha512: "0".repeat(128), sha256: "0".repeat(64), sha1: "0".repeat(40) };
  return {
    artifact: known({ ref: npmRef(name, version), digests, sizeBytes: 0 }),
    archive: known({ state: "read" }),
    manifest: manifest === undefined ? unasked : known(manifest),
    files: known(files),
    release: unasked,
    history: unasked,
    previous: unasked,
    previousFiles: unasked,
    dependencies: unasked,
    age: unasked,
    firstSeen: unasked,
    provenance: unasked,
  };
}

const PEERS = fileURLToPath(new URL("../peers/", import.meta.url));
const JS_X_RAY = join(PEERS, "node_modules", "@nodesecure", "js-x-ray", "dist", "index.js");

/** The first call on a checkout brings them from the registry. */
export function installPeers(): void {
  if (existsSync(JS_X_RAY)) return;
  const args = ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
  execFileSync("npm", args, { cwd: PEERS, env: userEnvironment(), stdio: "inherit" });
}

interface JsXRay {
  readonly AstAnalyser: new () => {
    analyse(text: string, options: { readonly customParser?: object }): object;
  };
  readonly TsSourceParser: new () => object;
}

/** As its own `analyseFile` calls it, without the disk. */
async function jsXRay(): Promise<Read> {
  const { AstAnalyser, TsSourceParser } = (await import(pathToFileURL(JS_X_RAY).href)) as JsXRay;
  const analyser = new AstAnalyser();
  const typed = new TsSourceParser();
  const isRead = (text: string, isTyped: boolean): boolean => {
    try {
      analyser.analyse(text, isTyped ? { customParser: typed } : {});
      return true;
    } catch {
      return false;
    }
  };
  return ({ files, sources }) =>
    sources.filter((entry) => !isRead(files.text(entry), isTyped(entry))).length;
}

function isTyped({ path }: FileEntry): boolean {
  return /^\.(?:[cm]?ts|tsx)$/i.test(extname(path));
}
