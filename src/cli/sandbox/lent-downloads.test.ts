import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../../test/support/store.ts";
import { lendDownloads, type LentDownloads } from "./lent-downloads.ts";

interface Ground {
  readonly at: (path: string) => string;
  readonly put: (path: string, text?: string) => void;
  readonly lend: (env?: Readonly<Record<string, string>>) => LentDownloads;
}

function ground(): Ground {
  const root = realpathSync(temporaryFolder());
  const at = (path: string): string => join(root, path);
  return {
    at,
    put: (path, text = "") => {
      mkdirSync(dirname(at(path)), { recursive: true });
      writeFileSync(at(path), text);
    },
    lend: (env = {}) => lendDownloads(at("home"), env, at("run")),
  };
}

const CHROME = ".cache/puppeteer/chrome";
const PUPPETEER = new Set(["puppeteer"]);

describe("lendDownloads", () => {
  it("shows what is there as links, each download of its own", () => {
    const { at, put, lend } = ground();
    put(`home/${CHROME}/linux-1/chrome`);
    put("home/.cache/Cypress/13.0.0/Cypress");
    put("home/.cache/node-gyp/24.0.0/include/node/node.h");
    const { environment, readable } = lend();
    expect(Object.keys(environment)).toEqual([
      "PUPPETEER_CACHE_DIR",
      "PLAYWRIGHT_BROWSERS_PATH",
      "CYPRESS_CACHE_FOLDER",
    ]);
    expect(readable).toEqual([
      at(`home/${CHROME}/linux-1`),
      at("home/.cache/Cypress/13.0.0"),
      at("home/.cache/node-gyp/24.0.0"),
    ]);
    const lent = environment["PUPPETEER_CACHE_DIR"] ?? "";
    expect(lstatSync(join(lent, "chrome")).isDirectory()).toBe(true);
    expect(readlinkSync(join(lent, "chrome/linux-1"))).toBe(at(`home/${CHROME}/linux-1`));
  });

  it("keeps what is new, and neither replaces anything nor follows a link", () => {
    const { at, put, lend } = ground();
    put(`home/${CHROME}/linux-1/chrome`, "mine");
    put("home/secret", "sesame");
    const downloads = lend();
    const lent = "run/downloads/PUPPETEER_CACHE_DIR";
    put(`${lent}/chrome/linux-2/chrome`, "new");
    put(`${lent}/firefox/linux-3/firefox`, "new");
    put(`${lent}/loose`, "file");
    symlinkSync(at("home/secret"), at(`${lent}/chrome/linux-4`));
    symlinkSync(at("home"), at(`${lent}/edge`));
    expect(downloads.keep(PUPPETEER)).toEqual([
      at(`home/${CHROME}/linux-2`),
      at("home/.cache/puppeteer/firefox/linux-3"),
    ]);
    expect(readFileSync(at(`home/${CHROME}/linux-1/chrome`), "utf8")).toBe("mine");
    expect(
      ["chrome/linux-4", "edge", "loose"].filter((name) =>
        existsSync(at(`home/.cache/puppeteer/${name}`)),
      ),
    ).toEqual([]);
    put(`${lent}/chrome/linux-2/chrome`, "again");
    expect(downloads.keep(PUPPETEER)).toEqual([]);
    expect(readFileSync(at(`home/${CHROME}/linux-2/chrome`), "utf8")).toBe("new");
  });

  it("keeps nothing that no package was installed for, and leaves folders alone that a person chose", () => {
    const { at, put, lend } = ground();
    const downloads = lend({ CYPRESS_CACHE_FOLDER: "/srv/cypress" });
    put("run/downloads/PUPPETEER_CACHE_DIR/chrome/linux-1/chrome");
    expect(downloads.keep(new Set(["thief"]))).toEqual([]);
    expect(existsSync(at("home/.cache"))).toBe(false);
    expect(downloads.environment).not.toHaveProperty("CYPRESS_CACHE_FOLDER");
  });
});
