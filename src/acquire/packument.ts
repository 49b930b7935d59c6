import { isJsonObject, parseJson, type Json, type JsonObject } from "../model/canonical.ts";
import { parseIntegrity, parseShasum, type Integrity } from "../model/digests.ts";
import { Failure } from "../model/failure.ts";
import { parseManifest } from "../model/manifest.ts";
import { isExactVersion, npmRef } from "../model/package-ref.ts";
import { printable } from "../model/printable.ts";
import type { ClaimedSignature, Release, ReleaseHistory } from "../model/release.ts";
import { SemVer } from "semver";

/**
 * A registry's document about one package, full or abbreviated. Parsed once into JSON; single
 * versions become a {@link Release} only when somebody asks, because a popular package has
 * thousands of them and an install looks at one or two.
 */
export class Packument {
  readonly name: string;
  readonly raw: JsonObject;
  readonly #versions: JsonObject;
  readonly #times: JsonObject | undefined;
  #history: ReleaseHistory | undefined;
  #isSigned: boolean | undefined;

  private constructor(name: string, raw: JsonObject, versions: JsonObject) {
    this.name = name;
    this.raw = raw;
    this.#versions = versions;
    this.#times = isJsonObject(raw["time"]) ? raw["time"] : undefined;
  }

  /** @throws Failure "bad-metadata" when the document is not about `name` or has no versions */
  static parse(name: string, text: string): Packument {
    let raw: Json;
    try {
      raw = parseJson(text);
    } catch (error) {
      throw new Failure(
        "bad-metadata",
        `The registry's document for ${name} is not JSON.`,
        { package: name },
        error,
      );
    }
    return Packument.of(name, raw);
  }

  static of(name: string, raw: Json): Packument {
    if (!isJsonObject(raw) || raw["name"] !== name) {
      throw new Failure(
        "bad-metadata",
        `The registry's document for ${name} is about something else.`,
        { package: name },
      );
    }
    const versions = raw["versions"] ?? {};
    if (!isJsonObject(versions)) {
      throw new Failure("bad-metadata", `The registry's document for ${name} lists no versions.`, {
        package: name,
      });
    }
    return new Packument(name, raw, versions);
  }

  /** Whether the registry gave publication dates; abbreviated documents never do. */
  get dated(): boolean {
    return this.#times !== undefined;
  }

  /** When anything about the package last changed: `modified`, or the newest date there is. */
  get modifiedAtMs(): number | undefined {
    const modified = instantOf(this.raw["modified"]) ?? instantOf(this.#times?.["modified"]);
    if (modified !== undefined || this.#times === undefined) return modified;
    const dates = Object.values(this.#times)
      .map(instantOf)
      .filter((date) => date !== undefined);
    return dates.length === 0 ? undefined : dates.reduce((a, b) => Math.max(a, b));
  }

  get distTags(): ReadonlyMap<string, string> {
    const tags = this.raw["dist-tags"];
    if (!isJsonObject(tags)) return new Map();
    return new Map(
      Object.entries(tags).filter(
        (entry): entry is [string, string] => typeof entry[1] === "string",
      ),
    );
  }

  get versionNames(): readonly string[] {
    return Object.keys(this.#versions);
  }

  publishedAtMs(version: string): number | undefined {
    return this.#times !== undefined && Object.hasOwn(this.#times, version)
      ? instantOf(this.#times[version])
      : undefined;
  }

  /**
   * Whether any version carries the registry's signatures or names attestations: mirrors may leave
   * them all out, and what they leave out everywhere is not known to be absent.
   */
  get isSigned(): boolean {
    this.#isSigned ??= Object.values(this.#versions).some((version) => {
      const dist = isJsonObject(version) ? version["dist"] : undefined;
      if (!isJsonObject(dist)) return false;
      return signaturesOf(dist["signatures"]).length > 0 || isJsonObject(dist["attestations"]);
    });
    return this.#isSigned;
  }

  /** When the first version came out: the age of the name. */
  get firstPublishedAtMs(): number | undefined {
    const created = instantOf(this.#times?.["created"]);
    const dates = this.versionNames
      .map((version) => this.publishedAtMs(version))
      .filter((date) => date !== undefined);
    if (created !== undefined) dates.push(created);
    return dates.length === 0 ? undefined : dates.reduce((a, b) => Math.min(a, b));
  }

  history(): ReleaseHistory {
    this.#history ??= {
      name: this.name,
      distTags: this.distTags,
      versions: this.versionNames
        .filter(isExactVersion)
        // Parsed once each: a document may list thousands, and every comparison would parse two.
        .map((version) => ({ version, parsed: new SemVer(version) }))
        // By itself, compareBuild looks at nothing but what stands behind a plus.
        .sort(({ parsed: a }, { parsed: b }) => a.compare(b) || a.compareBuild(b))
        .map(({ version }) => ({ version, publishedAtMs: this.publishedAtMs(version) })),
    };
    return this.#history;
  }

  /** Undefined when the registry has no such version, or an entry that is no manifest. */
  release(version: string): Release | undefined {
    const raw = Object.hasOwn(this.#versions, version) ? this.#versions[version] : undefined;
    if (!isJsonObject(raw) || !isExactVersion(version)) return undefined;
    const dist = isJsonObject(raw["dist"]) ? raw["dist"] : {};
    const tarballUrl = dist["tarball"];
    if (typeof tarballUrl !== "string") return undefined;
    return {
      ref: npmRef(this.name, version),
      manifest: parseManifest(raw),
      tarballUrl,
      integrity: integrityOf(dist),
      integrityText: typeof dist["integrity"] === "string" ? dist["integrity"] : undefined,
      signatures: signaturesOf(dist["signatures"]),
      ...claimsIn(dist["attestations"]),
      trustedPublisher: trustedPublisherOf(raw["_npmUser"]),
      publishedAtMs: this.publishedAtMs(version),
      publisher: nameOf(raw["_npmUser"]),
      maintainers: namesOf(raw["maintainers"] ?? this.raw["maintainers"]),
      // The empty string is how a deprecation is taken back.
      deprecated: Boolean(raw["deprecated"]),
    };
  }
}

function integrityOf(dist: JsonObject): readonly Integrity[] {
  const { integrity, shasum } = dist;
  const claims = typeof integrity === "string" ? parseIntegrity(integrity) : [];
  return claims.length > 0 || typeof shasum !== "string" ? claims : parseShasum(shasum);
}

function claimsIn(
  attestations: Json | undefined,
): Pick<Release, "claimsAttestations" | "claimsProvenance"> {
  const claimed = isJsonObject(attestations) ? attestations : undefined;
  return {
    claimsAttestations: claimed !== undefined,
    claimsProvenance: isJsonObject(claimed?.["provenance"]),
  };
}

const SIGNATURES_MAX = 16;
const SIGNATURE_LENGTH_MAX = 1024;

function signaturesOf(json: Json | undefined): readonly ClaimedSignature[] {
  if (!Array.isArray(json)) return [];
  return (json as readonly Json[]).slice(0, SIGNATURES_MAX).flatMap((item) => {
    const { keyid: keyId, sig: signature } = isJsonObject(item) ? item : {};
    if (typeof keyId !== "string" || typeof signature !== "string") return [];
    if (keyId.length + signature.length > SIGNATURE_LENGTH_MAX) return [];
    return [{ keyId, signature }];
  });
}

function trustedPublisherOf(user: Json | undefined): string | undefined {
  const publisher = isJsonObject(user) ? user["trustedPublisher"] : undefined;
  return isJsonObject(publisher) ? nameOf(publisher["id"]) : undefined;
}

function instantOf(value: Json | undefined): number | undefined {
  if (typeof value !== "string") return undefined;
  const instant = Date.parse(value);
  return Number.isNaN(instant) ? undefined : instant;
}

function nameOf(person: Json | undefined): string | undefined {
  const name = isJsonObject(person) ? person["name"] : person;
  return typeof name === "string" ? printable(name, 100) : undefined;
}

function namesOf(people: Json | undefined): readonly string[] | undefined {
  if (!Array.isArray(people)) return undefined;
  return people.map(nameOf).filter((name) => name !== undefined);
}
