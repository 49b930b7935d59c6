import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, symlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { Environment } from "../paths.ts";

/**
 * Folders below the home folder in which packages keep programs that they download once for all projects.
 * A sandbox lends an empty one: what lies in the person's own can be used and not changed, and what is new
 * moves there afterwards, if one of these packages was installed. Any script of that install could have
 * put it there, so it is told.
 */
interface DownloadFolder {
  /** By which its packages are told of another folder. */
  readonly variable: string;
  readonly path: string;
  /** How many folders deep one download stands: `chrome/linux-131` is 2. */
  readonly depth: 1 | 2;
  readonly packages: readonly string[];
}

const FOLDERS: readonly DownloadFolder[] = [
  {
    variable: "PUPPETEER_CACHE_DIR",
    path: ".cache/puppeteer",
    depth: 2,
    packages: ["puppeteer", "@puppeteer/browsers"],
  },
  {
    variable: "PLAYWRIGHT_BROWSERS_PATH",
    path: ".cache/ms-playwright",
    depth: 1,
    packages: [
      ...["playwright", "@playwright/browser-chromium", "@playwright/browser-firefox"],
      "@playwright/browser-webkit",
    ],
  },
  {
    variable: "CYPRESS_CACHE_FOLDER",
    path: ".cache/Cypress",
    depth: 1,
    packages: ["cypress"],
  },
];

/** Node's headers. They are compiled into the modules of every project, so that no script adds to them. */
const HEADERS = ".cache/node-gyp";

export interface LentDownloads {
  readonly environment: Readonly<Record<string, string>>;
  /** What the person has already. */
  readonly readable: readonly string[];
  /** Keeps what is new, once nothing runs any more, and says where. */
  keep(installed: ReadonlySet<string>): readonly string[];
}

/** A folder that the person has chosen by its variable is theirs to list in the policy. */
export function lendDownloads(home: string, env: Environment, runFolder: string): LentDownloads {
  const lent = FOLDERS.filter(({ variable }) => env[variable] === undefined).map(
    ({ variable, path, depth, packages }) => {
      const own = join(home, path);
      return { variable, own, lent: join(runFolder, "downloads", variable), depth, packages };
    },
  );
  for (const folder of lent) {
    mkdirSync(folder.lent, { recursive: true });
    for (const name of downloadsIn(folder.own, folder.depth)) {
      mkdirSync(dirname(join(folder.lent, name)), { recursive: true });
      symlinkSync(join(folder.own, name), join(folder.lent, name));
    }
  }
  const owned = [...lent, { own: join(home, HEADERS), depth: 1 }];
  return {
    environment: Object.fromEntries(lent.map(({ variable, lent: place }) => [variable, place])),
    readable: owned.flatMap(({ own, depth }) =>
      downloadsIn(own, depth).map((name) => join(own, name)),
    ),
    keep: (installed) =>
      lent
        .filter(({ packages }) => packages.some((name) => installed.has(name)))
        .flatMap(({ lent: from, own: to, depth }) =>
          downloadsIn(from, depth)
            .filter((name) => move(join(from, name), join(to, name)))
            .map((name) => join(to, name)),
        ),
  };
}

/** Never over what is there: that is the person's, and may be in use. */
function move(from: string, to: string): boolean {
  if (existsSync(to)) return false;
  mkdirSync(dirname(to), { recursive: true });
  try {
    renameSync(from, to);
  } catch {
    // On another disk.
    cpSync(from, to, { recursive: true, verbatimSymlinks: true, errorOnExist: true });
  }
  return true;
}

/** Real folders only: a link is either lent by us or leads wherever its maker wanted. */
function downloadsIn(folder: string, depth: number): readonly string[] {
  const names = foldersIn(folder);
  if (depth === 1) return names;
  return names.flatMap((name) =>
    downloadsIn(join(folder, name), depth - 1).map((below) =>
      relative(folder, join(folder, name, below)),
    ),
  );
}

const FOLDERS_MAX = 1000;

function foldersIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .slice(0, FOLDERS_MAX)
      .map(({ name }) => name);
  } catch {
    return [];
  }
}
