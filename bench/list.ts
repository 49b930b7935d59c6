import { readFileSync } from "node:fs";

/** Names of packages, one a line; blank lines and comments (#) do not count. */
export function listIn(file: URL): readonly string[] {
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.filter((line) => line !== "" && !line.startsWith("#"));
}
