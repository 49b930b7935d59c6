import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { ClientContext } from "../../src/cli/clients/client.ts";
import { DEFAULT_POLICY } from "../../src/judge/defaults.ts";

export const GATE = "http://127.0.0.1:4873/";

/** A project with these files, a yarn that says what is given, and a context to run a client in. */
export async function project(
  files: Readonly<Record<string, string>>,
  changed: Partial<ClientContext> = {},
): Promise<ClientContext> {
  const folder = await mkdtemp(join(tmpdir(), "veln-client-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [path, text] of Object.entries({ ".git/HEAD": "", "run/x": "", ...files })) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text, { mode: 0o755 });
  }
  return {
    program: join(folder, "client"),
    args: ["install"],
    env: { PATH: process.env["PATH"], HOME: join(folder, "home"), NO_PROXY: "*, intern.invalid" },
    cwd: folder,
    policy: DEFAULT_POLICY,
    gateUrl: GATE,
    token: "token",
    scopes: [],
    isEnclosed: true,
    runFolder: join(folder, "run"),
    keptFolder: join(folder, "kept"),
    registry: {
      baseUrl: () => "https://registry.npmjs.org/",
      packument: async () => undefined,
    },
    verdictKey: "key",
    admit: async () => ({ state: "absent" }),
    ...changed,
  };
}

/** A program that answers to these command lines and fails at all others. */
export const script = (cases: Readonly<Record<string, string>>): string =>
  `#!/bin/sh\ncase "$*" in\n${Object.entries(cases)
    .map(([args, answer]) => `"${args}") echo '${answer}' ;;`)
    .join("\n")}\n*) exit 1 ;;\nesac\n`;
