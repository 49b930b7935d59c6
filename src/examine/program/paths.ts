/**
 * Paths as far as they are known before anything runs: `~` for the home folder, and words in angle
 * quotes for the package's own folder, the folder for temporary files and the working directory.
 */
export const PACKAGE_FOLDER = "‹package›";
export const TEMPORARY_FOLDER = "‹tmp›";
export const WORKING_FOLDER = "‹cwd›";
export const HOME_FOLDER = "~";

/** As `path.join` and `path.resolve` do it; an absolute later part replaces what is before it. */
export function joinedPath(parts: readonly string[], resolves: boolean): string {
  let joined = "";
  for (const part of parts) {
    const isRoot = /^(?:\/|~|‹|[A-Za-z]:[\\/])/.test(part);
    if (joined === "" || (isRoot && (resolves || /^[~‹]/.test(part)))) joined = part;
    else joined = `${joined.replace(/[\\/]$/, "")}/${part.replace(/^\.?[\\/]/, "")}`;
  }
  return normalizedPath(joined);
}

function normalizedPath(path: string): string {
  if (!path.includes("..") && !path.includes("/./")) return path;
  const parts: string[] = [];
  for (const part of path.split("/")) {
    const last = parts.at(-1);
    if (part === ".") continue;
    if (part === ".." && last !== undefined && last !== ".." && last !== "") {
      parts.pop();
      if (last === PACKAGE_FOLDER) parts.push("..");
    } else parts.push(part);
  }
  return parts.join("/");
}

export function folderOf(path: string): string {
  const at = path.lastIndexOf("/");
  return at === -1 ? "." : path.slice(0, at);
}

/** Whether a path certainly lies in the package's own folder. */
export function isInPackage(path: string): boolean {
  return path === PACKAGE_FOLDER || path.startsWith(`${PACKAGE_FOLDER}/`);
}
