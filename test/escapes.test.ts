import { randomInt } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DenialKind, Layer } from "../src/act/sandbox/room.ts";
import { compilePrograms } from "./escapes/programs.ts";
import type { Order } from "./escapes/enclose.ts";
import { BARE, enclosed, tryAll, tryControls, type Tried } from "./escapes/runs.ts";
import type { Escape, Wall } from "./escapes/table/escape.ts";
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
const ROOMS: readonly Pick<Order, "isolation" | "helper">[] = [
  { isolation: "bubblewrap", helper: true },
  { isolation: "bubblewrap", helper: false },
  { isolation: "landlock", helper: true },
];
/** Of `programs/controls.mjs`. */
const CONTROLS = [
  "reads-the-project",
  "reads-git-configuration",
  "writes-modules",
  "renames-and-links",
  "replaces-the-lockfile",
  "uses-temporary-files",
  "uses-its-home",
  "runs-a-shell",
  "talks-to-a-child",
  "starts-a-thread",
  "ends-a-child",
  "reaches-the-gate",
  "finds-localhost",
  "lists-interfaces",
  "starts-many",
];
const RUN_MS_MAX = 300_000;

const programs = await compilePrograms();
afterAll(() => programs[Symbol.dispose]());

/** Who cannot do it outside has nothing denied inside. */
const can = ({ name }: Identity, { bare }: Escape): boolean => bare !== "root" || name === "root";

const outside = new Map<Identity["name"], ReadonlyMap<string, Tried>>();

describe.each(IDENTITIES)("outside any sandbox, as $name", (identity) => {
  beforeAll(async () => {
    await using world = await createWorld(identity, programs);
    outside.set(identity.name, await tryAll(BARE, world, ESCAPES));
  }, RUN_MS_MAX);

  it.for(ESCAPES.filter((escape) => can(identity, escape)))("$id succeeds", (escape, context) => {
    const outcome = outside.get(identity.name)?.get(escape.id)?.outcome;
    if (outcome === undefined) return context.skip("this machine cannot offer it");
    if (escape.mayLack === true && outcome.state === "denied") return context.skip(outcome.said);
    return expect(outcome).toMatchObject({ state: "escaped" });
  });
});

describe.each(ROOMS.flatMap((room) => IDENTITIES.map((who) => ({ room, who }))))(
  "in $room.isolation, helper $room.helper, as $who.name",
  ({ room, room: { isolation }, who }) => {
    let inside: ReadonlyMap<string, Tried>;
    let controls: Awaited<ReturnType<typeof tryControls>>;

    beforeAll(async () => {
      await using world = await createWorld(who, programs);
      controls = await tryControls(enclosed(room), world, CONTROLS);
      inside = await tryAll(enclosed(room), world, ESCAPES);
    }, RUN_MS_MAX);

    it.for(CONTROLS)("an honest script %s, and nothing is reported", (control) => {
      expect(controls.get(control)).toMatchObject({ said: "works", report: { denials: [] } });
    });

    it.for(ESCAPES.filter(({ openUnder }) => openUnder?.[isolation] === undefined))(
      "$id is denied",
      (escape, context) => {
        const tried = inside.get(escape.id);
        if (tried === undefined) return context.skip("this machine cannot offer it");
        expect(tried.outcome).toMatchObject({ state: "denied" });
        return expect(escape.deniedBy.filter((wall) => stands(wall, tried.layers))).not.toEqual([]);
      },
    );

    it.for(ESCAPES.filter(({ openUnder }) => openUnder?.[isolation] !== undefined))(
      "$id is not denied, because $openUnder." + isolation,
      ({ id }) => expect(inside.get(id)?.outcome).toMatchObject({ state: "escaped" }),
    );

    it.for(ESCAPES.filter((escape) => "kinds" in escape.report && can(who, escape)))(
      "$id is reported",
      (escape, context) => {
        const { report, layers } = inside.get(escape.id) ?? {};
        if (report === undefined || layers === undefined) return context.skip("not offered here");
        const possible = outside.get(who.name)?.get(escape.id)?.outcome.state === "escaped";
        if (!possible) return context.skip("it is no denial where nothing was possible");
        if (!layers.includes("reports"))
          return context.skip("nothing is reported without the helper");
        const kinds = reportOf(escape, layers);
        if (kinds === undefined) return context.skip("a namespace leaves nothing to be denied");
        return expect(report.denials.filter(({ kind }) => kinds.includes(kind))).not.toEqual([]);
      },
    );
  },
);

function stands(wall: Wall, layers: readonly Layer[]): boolean {
  return wall === "every" || layers.includes(wall);
}

function reportOf({ report }: Escape, layers: readonly Layer[]): readonly DenialKind[] | undefined {
  if (!("kinds" in report)) return undefined;
  return report.unless !== undefined && layers.includes(report.unless) ? undefined : report.kinds;
}
