import { isJsonObject, parseJson } from "../model/canonical.ts";
import type { Environment } from "./paths.ts";

/** Set for everything that runs behind a gate, so that a wrapped command inside uses the same one. */
export const GATE_VARIABLE = "VELN_GATE";

/**
 * Set for what is the user's own and runs with their rights, as `veln npm run build` does: what its
 * environment was before Veln led it to the gate. A wrapped command inside starts from there, with a gate
 * and a sandbox of its own.
 */
export const OUTER_VARIABLE = "VELN_OUTER";

/** @param laid the user's environment with ours laid over it */
export function withOuter(user: Environment, laid: Environment): Environment {
  const names = [...new Set([...Object.keys(user), ...Object.keys(laid)])];
  const changed = names.filter((name) => user[name] !== laid[name]);
  const before = changed.map((name) => [name, user[name] ?? null] as const);
  return { ...laid, [OUTER_VARIABLE]: JSON.stringify(Object.fromEntries(before)) };
}

/** The environment as it would be without the Veln around it. What is no record of ours changes nothing. */
export function outerEnvironment(env: Environment): Environment {
  const before = recordIn(env[OUTER_VARIABLE]);
  const restored = Object.entries({ ...env, ...before, [OUTER_VARIABLE]: undefined });
  return Object.fromEntries(restored.filter(([, value]) => typeof value === "string"));
}

function recordIn(text: string | undefined): Readonly<Record<string, string | undefined>> {
  try {
    const json = parseJson(text ?? "{}");
    if (!isJsonObject(json)) return {};
    const entries = Object.entries(json).flatMap(([name, value]) =>
      typeof value === "string" || value === null ? [[name, value ?? undefined] as const] : [],
    );
    return Object.fromEntries(entries);
  } catch {
    return {};
  }
}
