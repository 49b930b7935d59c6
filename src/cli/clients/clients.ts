import type { Client } from "./client.ts";
import { bun, bunx } from "./bun.ts";
import { npm, npx } from "./npm.ts";
import { pnpm, pnpx } from "./pnpm.ts";
import { yarn } from "./yarn.ts";

/** Every package manager Veln wraps, by the name people type. */
export const CLIENTS: ReadonlyMap<string, Client> = new Map([
  ["npm", npm],
  ["npx", npx],
  ["pnpm", pnpm],
  ["pnpx", pnpx],
  ["yarn", yarn],
  ["bun", bun],
  ["bunx", bunx],
]);
