import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { onTestFinished } from "vitest";
import { Packument } from "../../src/acquire/packument.ts";
import type { Registry, RegistryOptions } from "../../src/acquire/registry.ts";
import {
  startGate,
  type Admission,
  type GateEvent,
  type GateOptions,
} from "../../src/act/gate/gate.ts";
import type { JsonObject } from "../../src/model/canonical.ts";
import { Failure } from "../../src/model/failure.ts";
import { label } from "../../src/model/package-ref.ts";

export const NOW_MS = Date.UTC(2026, 0, 10);
export const HOUR_MS = 3_600_000;

/** What lies behind a gate: registry and judgements, by name and by name@version. */
interface World {
  readonly packuments?: Readonly<Record<string, JsonObject>>;
  readonly abbreviated?: Readonly<Record<string, JsonObject>>;
  readonly admissions?: Readonly<Record<string, Admission | Failure>>;
  readonly young?: ReadonlyMap<string, number>;
  readonly forward?: Registry["forward"];
}

interface Played {
  readonly url: string;
  readonly asked: string[];
  readonly events: GateEvent[];
}

/** A gate with that world behind it, closed when the test has ended. */
export async function playGate(world: World, options: Partial<GateOptions> = {}): Promise<Played> {
  const asked: string[] = [];
  const events: GateEvent[] = [];
  const registry: Registry = {
    packument: async (name: string, { abbreviated }: RegistryOptions = {}) => {
      asked.push(`${abbreviated === true ? "short" : "full"} ${name}`);
      const raw = (abbreviated === true ? world.abbreviated : world.packuments)?.[name];
      return raw === undefined ? undefined : Packument.of(name, raw);
    },
    tarball: () => Promise.reject(new Error("the gate asks no registry for a tarball")),
    attestations: () => Promise.reject(new Error("the gate asks no registry for attestations")),
    forward: world.forward ?? (() => Promise.reject(new Failure("offline", "Nobody is there."))),
    baseUrl: () => "https://registry.invalid/",
    close: () => Promise.resolve(),
  };
  const gate = await startGate(
    {
      registry,
      admit: async (ref) => {
        asked.push(`admit ${label(ref)}`);
        const admission = world.admissions?.[label(ref)] ?? { state: "absent" };
        if (admission instanceof Failure) throw admission;
        return admission;
      },
      youngVersions: async () => world.young ?? new Map(),
      minVersionAgeMs: 2 * HOUR_MS,
      nowMs: () => NOW_MS,
      onEvent: (event) => events.push(event),
    },
    { knowsClients: true, ...options },
  );
  onTestFinished(() => gate.close());
  return { url: gate.url, asked, events };
}

interface Answer {
  readonly status: number | undefined;
  readonly statusText: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A request as it is, without the liberties that `fetch` takes. */
export function ask(
  url: string,
  { method = "GET", headers = {}, body = "" }: AskOptions = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url, { method, headers, agent: false }, (response) => {
      const pieces: Buffer[] = [];
      response.on("data", (piece: Buffer) => pieces.push(piece));
      response.on("error", reject);
      response.on("end", () => {
        resolve({
          status: response.statusCode,
          statusText: response.statusMessage,
          headers: response.headers,
          body: Buffer.concat(pieces).toString("latin1"),
        });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

interface AskOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What a refusal has to look like: the sentence, and nothing else. */
export function refusal(status: number, sentence: string): object {
  return {
    status,
    body: JSON.stringify({ error: sentence, reason: sentence }),
  };
}
