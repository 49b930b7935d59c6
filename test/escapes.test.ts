import { randomInt } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { linuxCapacity } from "../src/act/sandbox/linux/detect.ts";
import type { Isolation } from "../src/act/sandbox/room.ts";
import { compilePrograms } from "./escapes/programs.ts";
import { BARE, enclosed, tryAll, type Tried } from "./escapes/runs.ts";
import type { Escape } from "./escapes/table/escape.ts";
import { ESCAPES } from "./escapes/table/escapes.ts";
import { createWorld, type Identity } from "./escapes/world.ts";

/**
 * Every escape is tried outside first, where it has to succeed: a denial inside means nothing of a
 * program that does not work.
 */

const asRoot = process.getuid?.() === 0;
/** Nobody has this number, so that a limit on a user's processes counts none but these. */
const number = asRoot ? 200_000 + randomInt(100_000) : (process.getuid?.() ?? 0);
const USER: Identity = {
  name: "ordinary user",
  uid: number,
  gid: asRoot ? number : (process.getgid?.() ?? 0),
};
const IDENTITIES: readonly Identity[] = asRoot ? [{ name: "root", uid: 0, gid: 0 }, USER] : [USER];
const ISOLATIONS: readonly Isolation["name"][] = ["bubblewrap", "landlock"];
const RUN_MS_MAX = 300_000;

const programs = await compilePrograms();
afterAll(() => programs[Symbol.dispose]());

/** Who cannot do it outside has nothing denied inside. */
const can = ({ name }: Identity, { bare }: Escape): boolean => bare !== "root" || name === "root";

describe.each(IDENTITIES)("outside any sandbox, as $name", (identity) => {
  let tried: ReadonlyMap<string, Tried>;

  beforeAll(async () => {
    await using world = await createWorld(identity, programs);
    tried = await tryAll(BARE, world, ESCAPES);
  }, RUN_MS_MAX);

  it.each(ESCAPES.filter((escape) => can(identity, escape)))("$id succeeds", (escape, context) => {
    const outcome = tried.get(escape.id)?.outcome;
    if (outcome === undefined) return context.skip("this machine cannot offer it");
    if (escape.mayLack && outcome.state === "denied") return context.skip(outcome.said);
    return expect(outcome).toMatchObject({ state: "escaped" });
  });
});

describe.each(ISOLATIONS.flatMap((isolation) => IDENTITIES.map((who) => ({ isolation, who }))))(
  "in $isolation, as $who.name",
  ({ isolation, who }) => {
    let tried: ReadonlyMap<string, Tried>;

    beforeAll(async () => {
      await using world = await createWorld(who, programs);
      tried = await tryAll(enclosed(isolation), world, ESCAPES);
    }, RUN_MS_MAX);

    it.each(ESCAPES.filter(({ openUnder }) => openUnder?.[isolation] === undefined))(
      "$id is denied",
      (escape, context) => {
        const { outcome, layers = [] } = tried.get(escape.id) ?? {};
        if (outcome === undefined) return context.skip("this machine cannot offer it");
        expect(outcome).toMatchObject({ state: "denied" });
        return expect([...layers, "every"]).toEqual(
          expect.arrayContaining([escape.deniedBy.find((wall) => wallStands(wall, layers))]),
        );
      },
    );
  },
);
