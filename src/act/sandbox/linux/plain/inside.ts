/**
 * The first program of a room without the native helper: opens the ports that lead out, hands them to
 * the keeper, and becomes the command. It stands alone in the room, so it imports nothing of Veln's.
 */
import { closeSync, readdirSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";

interface InsidePlan {
  readonly ports: readonly number[];
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

const said = await new Promise<InsidePlan>((resolve) => {
  process.once("message", (plan: InsidePlan) => resolve(plan));
});
for (const port of said.ports) {
  const server = createServer().listen(port, "127.0.0.1");
  await new Promise<void>((resolve, reject) => {
    server.once("listening", resolve).once("error", reject);
  });
  await handOver(port, server);
}
const gone = new Promise<void>((resolve) => process.once("disconnect", resolve));
process.disconnect();
await gone;
closeStrangers();
const [program = "", ...args] = said.command;
process.execve?.(program, [program, ...args], { ...said.environment });

/** Whoever started Veln may have left descriptors open, to anything; Node's own close by themselves. */
function closeStrangers(): void {
  const closesOnExec = 0o2000000;
  for (const name of readdirSync("/proc/self/fdinfo")) {
    if (Number(name) <= 2) continue;
    try {
      const flags = /^flags:\s*(\d+)/m.exec(
        readFileSync(`/proc/self/fdinfo/${name}`, "latin1"),
      )?.[1];
      if (flags !== undefined && (Number.parseInt(flags, 8) & closesOnExec) === 0) {
        closeSync(Number(name));
      }
    } catch {
      // The descriptor by which the list was read is gone.
      continue;
    }
  }
}

async function handOver(port: number, server: Server): Promise<void> {
  const taken = new Promise<void>((resolve) => process.once("message", () => resolve()));
  process.send?.({ port }, server);
  await taken;
}
