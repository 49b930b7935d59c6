import type { Client } from "./client.ts";
import { npm, npx } from "./npm.ts";
import { pnpm, pnpx } from "./pnpm.ts";

/** Every package manager Veln wraps, by the name people type. */
export const CLIENTS: ReadonlyMap<string, Client> = new Map([
  ["npm", npm],
  ["npx", npx],
  ["pnpm", pnpm],
  ["pnpx", pnpx],
]);
