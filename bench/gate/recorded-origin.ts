/*
 * A registry that answers from a recording. What it was never asked before it asks its upstream
 * once and keeps in FOLDER; everything else comes from memory, at the same speed every time, so that
 * the network is no part of a measurement. Started by bench.ts with `fork`:
 *
 *     recorded-origin.ts UPSTREAM FOLDER
 *
 * Sends its address to the parent when it listens. GET /-/recordings says how often it had to ask.
 */
import { createHash } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

/** About what a near content network takes: before an answer, and for its bytes. */
const LATENCY_MS = 10;
const BYTES_PER_MS = 20_000;

const ABBREVIATED = "application/vnd.npm.install-v1+json";

interface Answer {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const [upstream = "", folder = ""] = process.argv.slice(2);
const answers = new Map<string, Promise<Answer>>();
let recordings = 0;
let ownUrl = "";

const server = createServer((request, response) => {
  void answer(request, response).catch((error: unknown) => {
    response.writeHead(502).end(JSON.stringify({ error: String(error) }));
  });
});
await mkdir(folder, { recursive: true });
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  ownUrl = `http://127.0.0.1:${String(port)}/`;
  process.send?.(ownUrl);
});
process.on("disconnect", () => process.exit());

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? "/").slice(1);
  if (path === "-/recordings") return void response.end(String(recordings));
  if (request.method !== "GET") return void response.writeHead(404).end("{}");
  const accept = request.headers.accept?.includes(ABBREVIATED) === true ? ABBREVIATED : "*/*";
  const key = `${accept} ${path}`;
  const found = answers.get(key) ?? load(path, accept, key);
  answers.set(key, found);
  const { headers, body } = await found;
  if (request.headers["if-none-match"] === headers["etag"]) {
    await sleep(LATENCY_MS);
    return void response.writeHead(304, { etag: headers["etag"] }).end();
  }
  await sleep(LATENCY_MS + body.length / BYTES_PER_MS);
  response.writeHead(200, { ...headers, "content-length": body.length }).end(body);
}

/** The recorded bytes with the upstream's address replaced by ours, as they are sent. */
async function load(path: string, accept: string, key: string): Promise<Answer> {
  const bytes = await recorded(path, accept, join(folder, sha256(key)));
  const etag = `"${sha256(bytes).slice(0, 32)}"`;
  if (path.endsWith(".tgz")) {
    return { headers: { etag, "content-type": "application/octet-stream" }, body: bytes };
  }
  const text = bytes.toString().replaceAll(`"tarball":"${upstream}`, `"tarball":"${ownUrl}`);
  const type = accept === ABBREVIATED ? ABBREVIATED : "application/json";
  return {
    headers: { etag, "content-type": type, "content-encoding": "gzip", vary: "accept" },
    body: await promisify(gzip)(text),
  };
}

async function recorded(path: string, accept: string, file: string): Promise<Buffer> {
  const kept = await readFile(file).catch(() => undefined);
  if (kept !== undefined) return kept;
  recordings += 1;
  const response = await fetch(upstream + path, { headers: { accept } });
  if (!response.ok) throw new Error(`${path}: the upstream answered ${String(response.status)}`);
  const bytes = Buffer.from(await response.arrayBuffer());
  await writeFile(`${file}.new`, bytes);
  await rename(`${file}.new`, file);
  return bytes;
}

function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
