import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { systemConfigFiles } from "../../platform/config-files.ts";
import type { Environment } from "../paths.ts";
import { trailOf } from "./trees.ts";
import { withoutCredentials, type ConfigForm } from "./without-credentials.ts";

export interface ShownConfig {
  /** See `Room.shown`. */
  readonly shown: Readonly<Record<string, string>>;
  /** Files of the project that hold credentials, for an isolation that can show nothing in their stead. */
  readonly exposed: readonly ExposedFile[];
}

export interface ExposedFile {
  readonly path: string;
  /** Whether a credential itself stands there, and not only the name of the variable that holds it. */
  readonly isLiteral: boolean;
  readonly variables: readonly string[];
}

const IN_HOME: readonly (readonly [path: string, form: ConfigForm])[] = [
  [".npmrc", "npmrc"],
  [".yarnrc", "yarnrc"],
  [".yarnrc.yml", "yaml"],
  [".bunfig.toml", "toml"],
];

const IN_CONFIG_HOME: readonly (readonly [path: string, form: ConfigForm])[] = [
  ["pnpm/rc", "npmrc"],
  ["pnpm/config.yaml", "yaml"],
  [".bunfig.toml", "toml"],
];

const IN_PROJECT: readonly (readonly [path: string, form: ConfigForm])[] = [
  [".npmrc", "npmrc"],
  [".yarnrc", "yarnrc"],
  [".yarnrc.yml", "yaml"],
  ["bunfig.toml", "toml"],
];

export interface ConfigPlaces {
  readonly home: string;
  readonly env: Environment;
  /** Of the project and upward, as package managers look. */
  readonly projectFolders: readonly string[];
  /** Where cleaned copies are written. */
  readonly runFolder: string;
}

/**
 * What a package manager reads of the user's and the project's settings, without the credentials in it.
 * A file of the project that holds none is seen as it is.
 */
export function shownConfig({ home, env, projectFolders, runFolder }: ConfigPlaces): ShownConfig {
  const configHome = env["XDG_CONFIG_HOME"] ?? join(home, ".config");
  const folder = join(runFolder, "shown");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const shown: Record<string, string> = {};
  const exposed: ExposedFile[] = [];
  const show = (place: string, text: string): void => {
    const copy = join(folder, `${String(Object.keys(shown).length)}-${basename(place)}`);
    writeFileSync(copy, text, { mode: 0o600 });
    shown[place] = copy;
  };
  const ofUser = [
    ...IN_HOME.map(([path, form]) => [join(home, path), form] as const),
    ...IN_CONFIG_HOME.map(([path, form]) => [join(configHome, path), form] as const),
  ];
  for (const [place, form] of ofUser) {
    const text = systemConfigFiles.read(place);
    if (text !== undefined) show(place, withoutCredentials(text, form));
  }
  for (const [name, form] of IN_PROJECT) {
    for (const place of projectFolders.map((above) => join(above, name))) {
      const text = systemConfigFiles.read(place);
      const cleaned = text === undefined ? undefined : withoutCredentials(text, form);
      if (text === undefined || cleaned === undefined || isSame(text, cleaned, form)) continue;
      const path = trailOf(place)?.end ?? place;
      show(path, cleaned);
      exposed.push(exposedIn(path, text));
    }
  }
  return { shown, exposed };
}

/** YAML is written anew, so that its text says nothing. */
function isSame(text: string, cleaned: string, form: ConfigForm): boolean {
  if (form !== "yaml") return cleaned === text;
  return !/auth|passw|secret|token|:\/\/[^\s/"']*@/i.test(text);
}

const REFERENCE = /\$\{(\w+)[^}]*\}|\$(\w+)/g;

/** A value where a credential belongs, references to variables having been taken out. */
const LITERAL =
  /(?:_auth|auth(?:token|ident)|passw|secret|token|keyfile)\w*["']?\s*[=: ]\s*["']?[^\s"'#,}=:]|:\/\/[^\s/"'@:]*:?[^\s/"'@:]+@/i;

function exposedIn(path: string, text: string): ExposedFile {
  const variables = [...text.matchAll(REFERENCE)].map(([, braced, plain]) => braced ?? plain ?? "");
  const isLiteral = LITERAL.test(text.replaceAll(REFERENCE, ""));
  return { path, isLiteral, variables: [...new Set(variables)] };
}
