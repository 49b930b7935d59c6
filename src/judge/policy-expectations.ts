import type { Expectation } from "../model/expectation.ts";
import { printable } from "../model/printable.ts";
import { type Fields, readRecord, required } from "./policy-records.ts";
import { BOOLEAN, choice, PACKAGE_PATTERN, type ValueType } from "./policy-values.ts";
import { refuse } from "./toml.ts";

const TEXT_LENGTH_MAX = 300;

/** A star stands for a part of one segment, so that nobody can widen it with a slash of their own. */
const SEGMENT = /^(?!\.{1,2}$)[^\s/*\\]*\*?[^\s/*\\]*$/;

/** @param form its group `segments` is what may hold stars */
function matching(wanted: string, form: RegExp): ValueType<string> {
  return {
    wanted,
    read(node) {
      if (node.kind !== "text" || printable(node.value, TEXT_LENGTH_MAX) !== node.value) {
        return undefined;
      }
      const rest = form.exec(node.value)?.groups?.["segments"];
      return rest?.split("/").every((segment) => SEGMENT.test(segment)) ? node.value : undefined;
    },
  };
}

/** Host and owner are written out: everybody can make a name on a host that many share. */
const REPOSITORY = matching(
  'an address such as "https://github.com/owner/name", with its owner written out and nothing after the name,',
  /^https:\/\/[A-Za-z0-9.-]+(?::\d+)?\/[\w.-]+(?<segments>(?:\/(?![^/]*\.git$)[\w.+*-]+)+)$/,
);

/** GitLab writes two slashes between a project and its file. */
const ADDRESS = matching(
  'an address such as "https://github.com/owner/name/.github/workflows/release.yml@refs/tags/v*", with its owner written out,',
  /^https:\/\/[A-Za-z0-9.-]+(?::\d+)?\/[\w.-]+(?<segments>(?:\/{1,2}[^/]+)+)$/,
);

const WORKFLOW = matching(
  'a path in the repository such as ".github/workflows/release.yml"',
  /^(?<segments>[^/]+(?:\/[^/]+)*)$/,
);

const REF = matching(
  'a ref such as "refs/heads/main" or "refs/tags/v*"',
  /^refs(?<segments>(?:\/[^/]+){2,})$/,
);

const ISSUER: ValueType<string> = {
  wanted: 'the address of an issuer such as "https://token.actions.githubusercontent.com"',
  read(node) {
    if (node.kind !== "text" || node.value.length > TEXT_LENGTH_MAX) return undefined;
    const form = /^https:\/\/[A-Za-z0-9.-]+(?::\d+)?(?:\/[\w.-]+)*$/;
    return form.test(node.value) ? node.value : undefined;
  },
};

/** Hosts give repositories and owners numbers, which outlast every name. */
const NUMBER: ValueType<string> = {
  wanted: 'a number such as 495574555 or "495574555"',
  read(node) {
    if (node.kind === "integer") {
      return Number.isSafeInteger(node.value) && node.value >= 0 ? String(node.value) : undefined;
    }
    return node.kind === "text" && /^\d{1,20}$/.test(node.value) ? node.value : undefined;
  },
};

const RUNNER = choice(["hosted", "self-hosted", "any"]);

const PROPERTIES = [
  "repository",
  "repository_id",
  "owner_id",
  "workflow",
  "signer",
  "builder",
  "runner",
  "ref",
  "issuer",
] as const;

export const EXPECTATION: ValueType<Expectation> = {
  wanted: `a table with package, any of ${PROPERTIES.join(", ")}, and require = false if provenance may also be absent`,
  read(node) {
    if (node.kind !== "table") return undefined;
    const key = "provenance.expect";
    const fields = readRecord(node, key, ["package", ...PROPERTIES, "require"]);
    const expectation = expectationOf(fields);
    if (!expectation.required && !PROPERTIES.some((name) => node.entries.has(name))) {
      refuse(fields.at, `has an entry of ${key} that expects nothing`, {
        wanted: PROPERTIES.join(", "),
      });
    }
    return expectation;
  },
};

function expectationOf(fields: Fields): Expectation {
  return {
    package: required(fields, "package", PACKAGE_PATTERN),
    required: fields.get("require", BOOLEAN) ?? true,
    repository: fields.get("repository", REPOSITORY),
    repositoryId: fields.get("repository_id", NUMBER),
    ownerId: fields.get("owner_id", NUMBER),
    workflow: fields.get("workflow", WORKFLOW),
    signer: fields.get("signer", ADDRESS),
    builder: fields.get("builder", ADDRESS),
    runner: fields.get("runner", RUNNER) ?? "any",
    ref: fields.get("ref", REF),
    issuer: fields.get("issuer", ISSUER),
  };
}
