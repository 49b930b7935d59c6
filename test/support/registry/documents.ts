import { hash } from "node:crypto";
import type { Json, JsonObject } from "../../../src/model/canonical.ts";
import { integrityOf, tarballPathOf, type PublishedVersion } from "./packages.ts";

/** A package as the registry holds it. */
export interface HeldPackage {
  readonly name: string;
  readonly versions: Map<string, PublishedVersion>;
  readonly distTags: Map<string, string>;
  modifiedAtMs: number;
}

const MAINTAINERS = [{ name: "ann", email: "ann@example.invalid" }];

export function fullPackument(held: HeldPackage, registryUrl: string): JsonObject {
  const versions = [...held.versions.values()];
  const times = versions.flatMap(({ version, publishedAtMs }): [string, string][] =>
    publishedAtMs === undefined ? [] : [[version, instant(publishedAtMs)]],
  );
  const created = times.map(([, time]) => time).sort()[0];
  return {
    _id: held.name,
    _rev: "1-fixture",
    name: held.name,
    description: `The package ${held.name} of a test`,
    "dist-tags": Object.fromEntries(held.distTags),
    versions: Object.fromEntries(
      versions.map((version) => [version.version, manifestOf(held.name, version, registryUrl)]),
    ),
    time: {
      ...(created === undefined ? {} : { created }),
      modified: instant(held.modifiedAtMs),
      ...Object.fromEntries(times),
    },
    maintainers: MAINTAINERS,
    license: "MIT",
    readme: "",
  };
}

const ABBREVIATED_FIELDS = new Set(
  (
    "name version deprecated dependencies optionalDependencies devDependencies bundleDependencies " +
    "peerDependencies peerDependenciesMeta bin directories engines cpu os hasInstallScript dist"
  ).split(" "),
);

export function abbreviatedPackument(held: HeldPackage, registryUrl: string): JsonObject {
  const versions = [...held.versions.values()].map((version): [string, Json] => {
    const full = manifestOf(held.name, version, registryUrl);
    const fields = Object.entries(full).filter(([field]) => ABBREVIATED_FIELDS.has(field));
    return [version.version, Object.fromEntries(fields)];
  });
  return {
    name: held.name,
    "dist-tags": Object.fromEntries(held.distTags),
    versions: Object.fromEntries(versions),
    modified: instant(held.modifiedAtMs),
  };
}

function manifestOf(name: string, held: PublishedVersion, registryUrl: string): JsonObject {
  const { version, manifest, uploaded, tarballUrl, origin } = held;
  const scripts = manifest["scripts"];
  const installs = typeof scripts === "object" && /install"/.test(JSON.stringify(scripts));
  return {
    ...manifest,
    ...(installs ? { hasInstallScript: true } : {}),
    _id: `${name}@${version}`,
    _npmUser: MAINTAINERS[0] ?? {},
    maintainers: MAINTAINERS,
    dist: withoutNulls({
      tarball: tarballUrl ?? `${registryUrl}${tarballPathOf(name, version).slice(1)}`,
      integrity: integrityOf(uploaded),
      shasum: hash("sha1", uploaded, "hex"),
      ...(origin.signatures === undefined ? {} : { signatures: origin.signatures }),
      ...(origin.attestations === undefined ? {} : { attestations: { url: "elsewhere" } }),
      ...held.dist,
    }),
  };
}

function withoutNulls(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
}

function instant(atMs: number): string {
  return new Date(atMs).toISOString();
}
