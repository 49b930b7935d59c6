import { randomInt } from "node:crypto";
import { beforeAll, describe, expect, it, afterAll } from "vitest";
import { compilePrograms } from "./escapes/programs.ts";
import { BARE, tryAll, type Tried } from "./escapes/runs.ts";
import { ESCAPES } from "./escapes/table/escapes.ts";
import type { Escape } from "./escapes/table/escape.ts";
import { createWorld, type Identity } from "./escapes/world.ts";

const asRoot = process.getuid?.() === 0;
/** Nobody has this number, so that a limit on a user's processes counts none but these. */
const ordinary = asRoot ? 200_000 + randomInt(100_000) : (process.getuid?.() ?? 0);

const IDENTITIES: readonly Identity[] = [
  ...(asRoot ? [{ name: "root", uid: 0, gid: 0 } as const] : []),
  { name: "ordinary user", uid: ordinary, gid: asRoot ? ordinary : (process.getgid?.() ?? 0) },
];

const programs = await compilePrograms();
afterAll(() => programs[Symbol.dispose]());

describe.each(IDENTITIES)("outside any sandbox, as $name", (identity) => {
  let tried: ReadonlyMap<string, Tried>;

  beforeAll(async () => {
    await using world = await createWorld(identity, programs);
    tried = await tryAll(BARE, world, ESCAPES);
  }, 300_000);

  it.each(ESCAPES.filter(({ bare }) => bare !== "root" || identity.name === "root"))(
    "$id succeeds",
    ({ id, mayLack }) => {
      const outcome = tried.get(id)?.outcome;
      if (mayLack === true && /ENOSYS|EAFNOSUPPORT/.test(outcome?.said ?? "")) return;
      expect(outcome).toMatchObject({ state: "escaped" });
    },
  );
});
