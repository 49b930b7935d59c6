import { load } from "js-yaml";
import { isJsonObject, type Json } from "../../model/canonical.ts";

/** How a package manager's configuration is written. */
export type ConfigForm = "npmrc" | "yarnrc" | "yaml" | "toml";

/**
 * Configuration as a sandboxed package manager gets to see it: every setting that holds a credential
 * left out, and names and passwords taken out of addresses. The gate holds them, and the package manager
 * needs none but the gate's. What cannot be read is left out whole.
 */
export function withoutCredentials(text: string, form: ConfigForm): string {
  return withoutUserInfo(CLEANERS[form](text));
}

const CLEANERS: Readonly<Record<ConfigForm, (text: string) => string>> = {
  npmrc: (text) => withoutLines(text, /^[^=\n]*/),
  yarnrc: (text) => withoutLines(text, /^\s*(?:"[^"\n]*"|\S+)/),
  yaml: cleanYaml,
  toml: (text) => text.replace(TOML_SETTING, (_setting, key: string) => `${key} = ""`),
};

/** `//host/:_authToken`, `_auth`, `_password`, `npmAuthIdent`, `secretAccessKey`, `:keyfile`, `cert` … */
const SECRET =
  /_auth|auth(?:token|ident)|passw|secret|token|otp\b|(?:^|[:.])(?:username|email|cert|certfile|key|keyfile)(?:\[\])?$/i;

/** A token in a table of its own or in `registry = { url = …, token = … }`. */
const TOML_SETTING =
  /\b(token|password|username|email|"[^"\n]*(?:token|auth|passw)[^"\n]*")\s*=\s*(?:"(?:\\.|[^"\\\n])*"|'[^'\n]*')/gi;

/** @param key what a line's key is; a credential's whole line goes */
function withoutLines(text: string, key: RegExp): string {
  return text
    .split(/\r?\n|\r/)
    .filter((line) => !SECRET.test((key.exec(line)?.[0] ?? "").trim().replace(/^["']|["']$/g, "")))
    .join("\n");
}

function withoutUserInfo(text: string): string {
  return text.replace(/\b(\w[\w+.-]*:\/\/)[^\s/"']*@/g, "$1");
}

function cleanYaml(text: string): string {
  try {
    // JSON is YAML, too.
    return JSON.stringify(cleanValue(load(text), 0) ?? {});
  } catch {
    return "";
  }
}

const DEPTH_MAX = 20;

function cleanValue(value: unknown, depth: number): Json {
  if (depth > DEPTH_MAX) return null;
  if (Array.isArray(value)) return value.map((item) => cleanValue(item, depth + 1));
  if (isJsonObject(value)) {
    const kept = Object.entries(value).filter(([key]) => !SECRET.test(key));
    return Object.fromEntries(kept.map(([key, item]) => [key, cleanValue(item, depth + 1)]));
  }
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? value
    : null;
}
