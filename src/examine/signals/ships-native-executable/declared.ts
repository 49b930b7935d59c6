import type { Json } from "../../../model/canonical.ts";
import type { FileEntry } from "../../../model/file-tree.ts";
import type { Manifest } from "../../../model/manifest.ts";

/** Endings under which machine code is at home; `.bare` holds an addon for the runtime of that name. */
const NATIVE_NAME =
  /\.(?:node|bare|exe|dll|so(?:\.\d+)*|dylib|a|o|obj|lib|bin|elf|com|sys|scr|pyd|msi|efi|appimage|bundle|wasm\.so|hxs|framework)$/i;
/** No ending, or digits after the last dot (`tool-1.2`), as Unix names its programs. */
const PLAIN_NAME =
  /(?:^|\/)(?:[^./]+|[^/]*[.-]\d+|[^/]*[_-](?:linux|darwin|macos|x64|arm64|amd64|musl|gnu)[^/.]*)$/i;

/** Machine code under an ending that promises text, code, a picture or data. */
export function isDisguised(path: string): boolean {
  return !NATIVE_NAME.test(path) && !PLAIN_NAME.test(path);
}

/**
 * Whether the manifest or a long-standing convention says that there is native code here: a package
 * for one platform, prebuilt files, node-pre-gyp's `binary`, napi-rs, a program in `bin` or `files`,
 * an entry point.
 */
export function isDeclared(entry: FileEntry, manifest: Manifest): boolean {
  const { path } = entry;
  return (
    isPlatformPackage(manifest) ||
    "binary" in manifest.raw ||
    "napi" in manifest.raw ||
    /(?:^|\/)prebuilds?\//.test(path) ||
    namedPaths(manifest).some((named) => named === path || path.startsWith(`${named}/`)) ||
    (/\.(?:node|a|o|lib|obj)$/i.test(path) && buildsNatively(manifest))
  );
}

function isPlatformPackage(manifest: Manifest): boolean {
  return ["os", "cpu", "libc"].some((key) => isRestriction(manifest.raw[key]));
}

/** `["any"]` and `["!win32"]` restrict to no platform in particular. */
function isRestriction(value: Json | undefined): boolean {
  const list = typeof value === "string" ? [value] : value;
  return (
    Array.isArray(list) &&
    list.length > 0 &&
    list.every((item) => typeof item === "string" && item !== "any" && !item.startsWith("!"))
  );
}

/** Files that the manifest names one by one; `files: ["dist"]` announces nothing in particular. */
function namedPaths(manifest: Manifest): readonly string[] {
  const { main, module, bin, files = [] } = manifest;
  const exact = files.filter((path) => !/[*!]/.test(path) && NAMED_BINARY.test(path));
  return [main, module, ...bin.values(), ...exact]
    .filter((path) => path !== undefined)
    .map((path) => path.replace(/^\.?\//, "").replace(/\/$/, ""));
}

const NAMED_BINARY =
  /\.(?:node|bare|exe|dll|so|dylib)$|(?:^|\/)(?:bin|binaries|native|lib\/native)\/?[^/.]*$/i;

function buildsNatively(manifest: Manifest): boolean {
  const helpers = [
    "node-gyp-build",
    "bindings",
    "node-pre-gyp",
    "@mapbox/node-pre-gyp",
    "prebuild-install",
  ];
  return helpers.some(
    (name) => manifest.dependencies.has(name) || manifest.optionalDependencies.has(name),
  );
}
