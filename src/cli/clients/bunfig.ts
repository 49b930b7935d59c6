import { getStaticTOMLValue, parseTOML } from "toml-eslint-parser";
import { Failure, messageOf } from "../../model/failure.ts";
import { printable } from "../../model/printable.ts";
import type { NamedRegistries } from "./yarn-config.ts";

/** The file comes with a stranger's repository: what reading it may cost is bounded. */
const FILE_LENGTH_MAX = 256 * 1024;

/**
 * `[install] registry` of a bunfig.toml. A scope's is refused: it beats whatever the environment says.
 *
 * @throws Failure "bad-config"
 */
export function registriesInBunfig(path: string, text: string): NamedRegistries {
  const install = entriesOf(entriesOf(readToml(path, text)).get("install"));
  const [scope] = entriesOf(install.get("scopes")).keys();
  if (scope !== undefined) {
    throw new Failure(
      "bad-config",
      `${path} gives ${printable(scope, 100)} a registry of its own, and no setting leads bun to the gate for it. Use one registry that serves the scope too, or npm, which can be led there.`,
      { path },
    );
  }
  const given = install.get("registry");
  const url = typeof given === "string" ? given : entriesOf(given).get("url");
  return new Map(typeof url === "string" ? [[undefined, url]] : []);
}

function readToml(path: string, text: string): unknown {
  if (text.length > FILE_LENGTH_MAX) {
    throw new Failure("bad-config", `${path} is too long to be read.`, {
      path,
      limit: "FILE_LENGTH_MAX",
    });
  }
  try {
    return getStaticTOMLValue(parseTOML(text));
  } catch (error) {
    const why = printable(messageOf(error), 200);
    throw new Failure("bad-config", `${path} cannot be read: ${why}.`, { path }, error);
  }
}

function entriesOf(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(typeof value === "object" && value !== null ? Object.entries(value) : []);
}
