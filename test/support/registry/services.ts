import {
  isJsonObject,
  parseJson,
  type Json,
  type JsonObject,
} from "../../../src/model/canonical.ts";
import type { HeldPackage } from "./documents.ts";
import { jsonReply } from "./replies.ts";
import type { Reply } from "./faults.ts";

export interface ServiceRequest {
  readonly method: string;
  /** Decoded, query excluded. */
  readonly path: string;
  readonly body: Buffer;
}

export interface ServiceState {
  readonly packages: ReadonlyMap<string, HeldPackage>;
  /** As the bulk endpoint gives them, by package. */
  readonly advisories: ReadonlyMap<string, readonly JsonObject[]>;
  readonly user: string;
}

const ATTESTATIONS = /^\/-\/npm\/v1\/attestations\/(.+)@([^@]+)$/;

/** Everything below `/-/`. Undefined: this registry has no such address. */
export function serviceReply(request: ServiceRequest, state: ServiceState): Reply | undefined {
  const { method, path } = request;
  if (path === "/-/npm/v1/security/advisories/bulk" && method === "POST") {
    return jsonReply(advisoriesFor(request.body, state));
  }
  if (path === "/-/v1/search") return jsonReply(searchResult(state));
  const attested = ATTESTATIONS.exec(path);
  if (attested !== null) {
    const version = state.packages.get(attested[1] ?? "")?.versions.get(attested[2] ?? "");
    const text = version?.origin.attestations;
    return text === undefined ? undefined : jsonReply(parseJson(text));
  }
  if (path === "/-/npm/v1/keys") return jsonReply({ keys: [] });
  if (path === "/-/ping") return jsonReply({});
  if (path === "/-/whoami") return jsonReply({ username: state.user });
  if (path.startsWith("/-/user/org.couchdb.user:") && method === "PUT") {
    return jsonReply({ ok: true, token: "a-token-of-the-fixture" }, 201);
  }
  if (path.startsWith("/-/user/token/") && method === "DELETE") return jsonReply({ ok: true });
  if (path.startsWith("/-/npm/v1/attestations/")) return jsonReply({ attestations: [] });
  return distTagsReply(path, state);
}

function distTagsReply(path: string, { packages }: ServiceState): Reply | undefined {
  const name = /^\/-\/package\/(.+)\/dist-tags$/.exec(path)?.[1];
  const held = name === undefined ? undefined : packages.get(name);
  return held === undefined ? undefined : jsonReply(Object.fromEntries(held.distTags));
}

/** npm sends the versions it means, and compresses what it sends. */
function advisoriesFor(body: Buffer, { advisories }: ServiceState): JsonObject {
  const asked: Json = parseJson(body.toString("utf8"));
  const names = isJsonObject(asked) ? Object.keys(asked) : [];
  return Object.fromEntries(
    names.flatMap((name): [string, Json][] => {
      const known = advisories.get(name);
      return known === undefined ? [] : [[name, [...known]]];
    }),
  );
}

function searchResult({ packages }: ServiceState): JsonObject {
  const objects = [...packages.values()].map((held): Json => {
    const version = held.distTags.get("latest") ?? "0.0.0";
    return {
      package: {
        name: held.name,
        version,
        description: `The package ${held.name} of a test`,
        date: new Date(held.modifiedAtMs).toISOString(),
        links: {},
        maintainers: [],
        keywords: [],
      },
      score: { final: 1, detail: { quality: 1, popularity: 1, maintenance: 1 } },
      searchScore: 1,
    };
  });
  return { objects, total: objects.length, time: new Date(0).toISOString() };
}
