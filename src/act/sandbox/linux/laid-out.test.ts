import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RoomGround, roomGround } from "../../../../test/support/room.ts";
import { layOut, placeholdersOfOthers, sweepLaidOut } from "./laid-out.ts";

describe("what a room needs on disk", () => {
  let ground: RoomGround;
  let places: readonly string[];

  beforeEach(() => {
    ground = roomGround();
    places = [`${ground.project}/.npmrc`, `${ground.project}/.vscode/`];
  });
  afterEach(() => ground[Symbol.dispose]());

  it("is there while the room lasts, and gone with it", () => {
    const home = join(ground.own, "home-1");
    const laidOut = layOut(ground.own, places, home);
    expect(readdirSync(ground.project).sort()).toEqual([".npmrc", ".vscode"]);
    writeFileSync(join(home, "left"), "by the command");
    laidOut.takeAway();
    expect(readdirSync(ground.project)).toEqual([]);
    expect(existsSync(home)).toBe(false);
  });

  it("stays where somebody has put it to use", () => {
    const laidOut = layOut(ground.own, places, undefined);
    writeFileSync(`${ground.project}/.npmrc`, "fund=false\n");
    writeFileSync(`${ground.project}/.vscode/settings.json`, "{}");
    laidOut.takeAway();
    expect(readdirSync(ground.project).sort()).toEqual([".npmrc", ".vscode"]);
  });

  it("stays until the last of two rooms ends", () => {
    const first = layOut(ground.own, places, undefined);
    expect([...placeholdersOfOthers(ground.own)].sort()).toEqual(
      [".npmrc", ".vscode"].map((name) => join(ground.project, name)),
    );
    const second = layOut(ground.own, places, undefined);
    first.takeAway();
    expect(readdirSync(ground.project).sort()).toEqual([".npmrc", ".vscode"]);
    second.takeAway();
    expect(readdirSync(ground.project)).toEqual([]);
  });

  it("is swept once its Veln is no more, and not before", () => {
    layOut(ground.own, places, undefined);
    sweepLaidOut(ground.own);
    expect(readdirSync(ground.project)).toHaveLength(2);
    const journal = join(ground.own, "laid-out");
    const [name = ""] = readdirSync(journal);
    const home = join(ground.own, "home-2");
    mkdirSync(home);
    // A process of this number that started at another time is another one.
    const entry = { pid: process.pid, startedAt: "1", placeholders: places, home };
    writeFileSync(join(journal, name), JSON.stringify(entry));
    writeFileSync(join(journal, "0123456789abcdef.json"), '{"pid":');
    sweepLaidOut(ground.own);
    expect(readdirSync(ground.project)).toEqual([]);
    expect(existsSync(home)).toBe(false);
  });

  it("is refused whole when a part of it cannot be made", () => {
    const impossible = [...places, `${ground.project}/missing/deep/.npmrc`];
    expect(() => layOut(ground.own, impossible, undefined)).toThrow("cannot hold a guarded path");
    expect(readdirSync(ground.project)).toEqual([]);
  });
});
