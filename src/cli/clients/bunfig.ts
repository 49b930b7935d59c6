import { getStaticTOMLValue, parseTOML } from "toml-eslint-parser";
import { isJsonObject, type Json } from "../../model/canonical.ts";
import { Failure, messageOf } from "../../model/failure.ts";
import { printable } from "../../model/printable.ts";
import type { NamedRegistries } from "./yarn-config.ts";

/**
 * `[install] registry` of a bunfig.toml. A scope's is refused: it beats whatever the environment says.
 *
 * @throws Failure "bad-config"
 */
export function registriesInBunfig(path: string, text: string): NamedRegistries {
  const install = objectOr(objectOr(tomlOrRefuse(path, text))["install"]);
  const [scope] = Object.keys(objectOr(install["scopes"]));
  if (scope !== undefined) {
    throw new Failure(
      "bad-config",
      `${path} gives ${printable(scope, 100)} a registry of its own, and no setting leads bun to the gate for it. Use one registry that serves the scope too, or npm, which can be led there.`,
      { path },
    );
  }
  const given = install["registry"];
  const url = typeof given === "string" ? given : objectOr(given)["url"];
  return new Map(typeof url === "string" ? [[undefined, url]] : []);
}

function tomlOrRefuse(path: string, text: string): Json {
  try {
    return getStaticTOMLValue(parseTOML(text)) as Json;
  } catch (error) {
    const why = printable(messageOf(error), 200);
    throw new Failure("bad-config", `${path} cannot be read: ${why}.`, { path }, error);
  }
}

function objectOr(value: Json | undefined): Readonly<Record<string, Json>> {
  return isJsonObject(value) ? value : {};
}
