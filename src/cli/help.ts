import { POLICY_KEYS } from "../judge/policy-keys.ts";
import { COMMANDS } from "./commands.ts";
import { readFileSync } from "node:fs";
import { isJsonObject, parseJson } from "../model/canonical.ts";

export function helpText(): string {
  const commands = [...COMMANDS].map(([name, { summary }]) => `  ${name.padEnd(12)}${summary}`);
  return `veln ${version()}: decides, before a package's bytes reach the disk, whether they may.

Usage: veln [options] COMMAND [arguments]

  veln npm install express     install express, every tarball examined first, every script sandboxed
  veln package express         what Veln knows about a version

Commands:
${commands.join("\n")}

Options, before the command or after it (before it only, where the command wraps another program):
  --json          one JSON document on stdout, nothing else there
  --policy FILE   this policy instead of veln.toml and the user's own
  --offline       ask no registry
  --quiet         no progress and no summary unless something was stopped
  --no-color      no colour (NO_COLOR is respected too)
  --help          this text, or a command's
  --version       the version

  veln help COMMAND    a command's own help
  veln help policy     every key of veln.toml

Exit status: 0 fine, 1 blocked, 2 usage or bad input, 3 warn (package, doctor), 69 a needed service or
sandbox is unavailable, 75 held; otherwise the wrapped command's own.
`;
}

/** `veln help policy`: generated from the table that validates the file. */
export function policyHelp(): string {
  const keys = POLICY_KEYS.map(
    ({ key, wanted, byDefault, doc }) =>
      `${key} = ${byDefault}\n    ${doc}\n    Takes ${wanted}.\n`,
  );
  return `Policy: veln.toml of the project over ~/.config/veln/config.toml (TOML). A file that is wrong is
refused whole, with line and column.

${keys.join("\n")}`;
}

function version(): string {
  const file = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const json = parseJson(file);
  return isJsonObject(json) && typeof json["version"] === "string" ? json["version"] : "";
}
