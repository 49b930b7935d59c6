import type { CoolingExclusion, DenyRule, PolicyException } from "../model/policy.ts";
import { readRecord, required } from "./policy-records.ts";
import {
  BOOLEAN,
  EXACT_PACKAGE,
  INSTANT,
  PACKAGE_PATTERN,
  SHA512,
  text,
  type ValueType,
  VERSION_RANGE,
} from "./policy-values.ts";

const REASON_LENGTH_MAX = 200;
const OWNER_LENGTH_MAX = 100;

export const EXCLUSION: ValueType<CoolingExclusion> = {
  wanted: 'a package name, "@scope/*" or { package = "name", with_dependencies = true }',
  read(node) {
    if (node.kind !== "table") {
      const pattern = PACKAGE_PATTERN.read(node);
      return pattern === undefined ? undefined : { package: pattern, withDependencies: false };
    }
    const fields = readRecord(node, "cooling.exclude", ["package", "with_dependencies"]);
    return {
      package: required(fields, "package", PACKAGE_PATTERN),
      withDependencies: fields.get("with_dependencies", BOOLEAN) ?? false,
    };
  },
};

export const EXCEPTION: ValueType<PolicyException> = {
  wanted: "a table with package, sha512, reason, owner and expires",
  read(node) {
    if (node.kind !== "table") return undefined;
    const names = ["package", "sha512", "reason", "owner", "expires"];
    const fields = readRecord(node, "exceptions", names);
    return {
      ...required(fields, "package", EXACT_PACKAGE),
      sha512: required(fields, "sha512", SHA512),
      reason: required(fields, "reason", text(REASON_LENGTH_MAX)),
      owner: required(fields, "owner", text(OWNER_LENGTH_MAX)),
      expiresAtMs: required(fields, "expires", INSTANT),
    };
  },
};

export const DENIAL: ValueType<DenyRule> = {
  wanted: "a table with package, reason and, if not all versions are meant, range",
  read(node) {
    if (node.kind !== "table") return undefined;
    const fields = readRecord(node, "deny", ["package", "range", "reason"]);
    return {
      package: required(fields, "package", PACKAGE_PATTERN),
      range: fields.get("range", VERSION_RANGE),
      reason: required(fields, "reason", text(REASON_LENGTH_MAX)),
    };
  },
};
