import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Registry } from "../../src/acquire/registry.ts";
import { parseGlobals } from "../../src/cli/options.ts";
import { openSession } from "../../src/cli/session.ts";
import { resolveSpec } from "../../src/cli/subject.ts";
import { isFailure } from "../../src/model/failure.ts";
import { predecessorOf } from "../../src/model/release.ts";
import { freshIo } from "../fresh-io.ts";
import { listIn } from "../list.ts";
import { userEnvironment } from "../user-environment.ts";

/** The newest version of a package and the stable one before it, as files. */
export interface Step {
  readonly name: string;
  readonly newest: Packed;
  /** Undefined for a package of one version. */
  readonly previous: Packed | undefined;
}

export interface Packed {
  readonly version: string;
  /** A tarball in the cache. */
  readonly path: string;
}

interface Versions {
  readonly newest: string;
  readonly previous: string | undefined;
}

/** May be deleted at any time. */
export const DEFAULT_CACHE: string = join(tmpdir(), "veln-bench-lens");

/** npm starts once for so many tarballs. */
const PACKED_AT_ONCE = 12;
const RESOLVED_AT_ONCE = 4;

export function listed(): readonly string[] {
  return listIn(new URL("list.txt", import.meta.url));
}

/**
 * Brings what is not yet in the cache; a run that was cut short goes on where it was. Versions are
 * looked up once a cache, so that all runs on it are about the same bytes.
 */
export async function fetchSteps(
  names: readonly string[],
  cache: string,
): Promise<readonly Step[]> {
  mkdirSync(join(cache, "tarballs"), { recursive: true });
  const versions = await resolveAll(names, join(cache, "versions.json"));
  const steps = names.flatMap((name) => {
    const known = versions.get(name);
    return known === undefined ? [] : [stepOf(name, known, cache)];
  });
  const wanted = steps.flatMap(({ name, newest, previous }) =>
    [newest, previous]
      .filter((packed) => packed !== undefined)
      .map((packed) => ({ spec: `${name}@${packed.version}`, path: packed.path })),
  );
  await packAll(
    wanted.filter(({ path }) => !existsSync(path)),
    cache,
  );
  return steps;
}

function stepOf(name: string, { newest, previous }: Versions, cache: string): Step {
  const packed = (version: string): Packed => {
    const file = `${name.replace("/", "+")}@${version}.tgz`;
    return { version, path: join(cache, "tarballs", file) };
  };
  return {
    name,
    newest: packed(newest),
    previous: previous === undefined ? undefined : packed(previous),
  };
}

async function resolveAll(
  names: readonly string[],
  file: string,
): Promise<ReadonlyMap<string, Versions>> {
  const known = new Map<string, Versions>(
    existsSync(file)
      ? Object.entries(JSON.parse(readFileSync(file, "utf8")) as Record<string, Versions>)
      : [],
  );
  const waiting = names.filter((name) => !known.has(name));
  if (waiting.length === 0) return known;
  await withRegistry(async (registry) => {
    const next = async (): Promise<void> => {
      for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
        const versions = await versionsOf(name, registry);
        if (versions !== undefined) known.set(name, versions);
      }
    };
    await Promise.all(Array.from({ length: RESOLVED_AT_ONCE }, next));
  });
  await writeFile(file, JSON.stringify(Object.fromEntries(known)));
  return known;
}

async function withRegistry(use: (registry: Registry) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "veln-bench-resolve-"));
  try {
    const session = await openSession(parseGlobals([]), freshIo(folder));
    try {
      await use(session.registry);
    } finally {
      await session.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Undefined, and said, for a package that is no longer there. */
async function versionsOf(name: string, registry: Registry): Promise<Versions | undefined> {
  try {
    const { version: newest } = await resolveSpec(name, registry);
    const history = (await registry.packument(name))?.history();
    return { newest, previous: history && predecessorOf(newest, history) };
  } catch (error) {
    if (!isFailure(error, "not-found")) throw error;
    console.error(`${name} is left out: ${error.message}`);
    return undefined;
  }
}

interface Wanted {
  readonly spec: string;
  readonly path: string;
}

/** A tarball gets its name in the cache when it is whole. */
async function packAll(wanted: readonly Wanted[], cache: string): Promise<void> {
  for (let at = 0; at < wanted.length; at += PACKED_AT_ONCE) {
    console.error(`${String(at)} of ${String(wanted.length)} tarballs fetched`);
    const folder = mkdtempSync(join(cache, "packing-"));
    try {
      await pack(wanted.slice(at, at + PACKED_AT_ONCE), folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

async function pack(wanted: readonly Wanted[], folder: string): Promise<void> {
  const args = ["pack", "--json", "--ignore-scripts", "--loglevel=error"];
  const { stdout } = await promisify(execFile)(
    "npm",
    [...args, `--pack-destination=${folder}`, ...wanted.map(({ spec }) => spec)],
    { cwd: folder, env: userEnvironment(), maxBuffer: 256 * 1024 * 1024 },
  );
  const answers = JSON.parse(stdout) as readonly {
    readonly id: string;
    readonly filename: string;
  }[];
  const fileOf = new Map(answers.map(({ id, filename }) => [id, filename]));
  for (const { spec, path } of wanted) {
    const filename = fileOf.get(spec);
    if (filename === undefined) throw new Error(`npm did not pack ${spec}.`);
    renameSync(join(folder, filename), path);
  }
}
