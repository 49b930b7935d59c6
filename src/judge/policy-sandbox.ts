import type { HostRule } from "../model/policy.ts";
import { printable } from "../model/printable.ts";
import { readRecord, required } from "./policy-records.ts";
import { PACKAGE_PATTERN, type ValueType } from "./policy-values.ts";

const PATH_LENGTH_MAX = 1000;

function path(wanted: string, start: RegExp): ValueType<string> {
  return {
    wanted,
    read(node) {
      if (node.kind !== "text" || printable(node.value, PATH_LENGTH_MAX) !== node.value) {
        return undefined;
      }
      const segments = node.value.replace(start, "").split("/");
      const isPlain = segments.every((name) => !["", ".", ".."].includes(name));
      return isPlain && start.test(node.value) ? node.value : undefined;
    },
  };
}

/** At least one name deep: the whole disk or the whole home folder would be no sandbox any more. */
export const TREE: ValueType<string> = path(
  'a path such as "/opt/sdk", "~/.cache/tool" or "../shared"',
  /^(?:\/|~\/|\.\/|(?:\.\.\/)+)/,
);

export const PROJECT_PATH: ValueType<string> = path(
  'a path inside the project such as ".vscode" or ".git/hooks"',
  /^(?![/~])/,
);

export const VARIABLE: ValueType<string> = {
  wanted: 'the name of a variable such as "SHARP_LIBVIPS" or "MY_TOOL_*"',
  read: (node) =>
    node.kind === "text" && /^[A-Za-z_]\w{0,99}\*?$/.test(node.value) ? node.value : undefined,
};

const HTTPS_PORT = 443;

/** A star stands for names below one that somebody has registered, never for a whole top-level domain. */
const HOST =
  /^(?<host>(?:\*\.(?=[^.]+\.[^.:]))?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*)(?::(?<port>[1-9]\d{0,4}))?$/i;
const HOST_LENGTH_MAX = 259;

const ADDRESS: ValueType<Pick<HostRule, "host" | "port">> = {
  wanted: 'a host such as "downloads.example.com", "localhost:8080" or "*.example.com"',
  read(node) {
    if (node.kind !== "text" || node.value.length > HOST_LENGTH_MAX) return undefined;
    const { host, port = String(HTTPS_PORT) } = HOST.exec(node.value)?.groups ?? {};
    if (host === undefined || Number(port) > 65_535) return undefined;
    return { host: host.toLowerCase(), port: Number(port) };
  },
};

export const HOST_RULE: ValueType<HostRule> = {
  wanted: 'a host such as "downloads.example.com" or { host = "…", package = "name" }',
  read(node) {
    if (node.kind !== "table") {
      const address = ADDRESS.read(node);
      return address === undefined ? undefined : { ...address, package: undefined };
    }
    const fields = readRecord(node, "sandbox.hosts", ["host", "package"]);
    return {
      ...required(fields, "host", ADDRESS),
      package: required(fields, "package", PACKAGE_PATTERN),
    };
  },
};
