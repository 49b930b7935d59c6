import { isJsonObject, parseJson } from "../model/canonical.ts";
import { parseManifest } from "../model/manifest.ts";
import { isExactVersion, parseRequest } from "../model/package-ref.ts";
import { systemConfigFiles } from "../platform/config-files.ts";
import { join } from "node:path";

/**
 * Versions that somebody wrote down exactly, on the command line or in the project's package.json,
 * as `name@version`. A young one of them is held with its reason instead of seeming not to exist.
 */
export function exactRequests(args: readonly string[], cwd: string): ReadonlySet<string> {
  const typed = args.map(parseRequest).filter((request) => request !== undefined);
  const requests = [...typed, ...projectRequests(cwd)];
  return new Set(
    requests
      .filter(({ selector }) => isExactVersion(selector))
      .map(({ name, selector }) => `${name}@${selector}`),
  );
}

function projectRequests(cwd: string): readonly { name: string; selector: string }[] {
  const manifest = manifestAt(join(cwd, "package.json"));
  if (manifest === undefined) return [];
  const { dependencies, optionalDependencies, devDependencies } = manifest;
  return [dependencies, optionalDependencies, devDependencies].flatMap((map) =>
    [...map].map(([name, selector]) => ({ name, selector })),
  );
}

/** A manifest that cannot be read is the package manager's to complain about. */
function manifestAt(path: string): ReturnType<typeof parseManifest> | undefined {
  try {
    const json = parseJson(systemConfigFiles.read(path) ?? "null");
    return isJsonObject(json) ? parseManifest(json) : undefined;
  } catch {
    return undefined;
  }
}
