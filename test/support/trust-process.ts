import { createNetwork } from "../../src/platform/network.ts";
import { systemConfigFiles } from "../../src/platform/config-files.ts";
import { systemFiles } from "../../src/platform/files.ts";
import { NO_PROXY } from "../../src/platform/proxy.ts";
import { openTrust } from "../../src/provenance/trust-material/trust.ts";

/**
 * A process of its own that refreshes again and again into a cache that others use, too. Arguments:
 * mirror, root and other material in base64, target of the keys, cache folder, moment, count.
 */
const [
  mirror = "",
  root = "",
  trustRoot = "",
  keys = "",
  keysTarget = "",
  folder = "",
  at = "",
  count = "",
] = process.argv.slice(2);
const bytes = (text: string): Buffer => Buffer.from(text, "base64");
const network = createNetwork({
  tls: { authorities: undefined, verify: true, clientCertificate: undefined },
  proxy: NO_PROXY,
  connectionsPerOrigin: 2,
  silenceMs: 10_000,
});
const notes = new Set<string>();
for (let index = 0; index < Number(count); index++) {
  // Each is due: a refresh that was kept is dated in the future of the next.
  const nowMs = Number(at) - index;
  const trust = openTrust({
    registries: [],
    configFiles: systemConfigFiles,
    folder,
    files: systemFiles,
    network,
    clock: () => nowMs,
    offline: false,
    shipped: {
      repository: { mirror, root: bytes(root), keysTarget },
      trustRoot: bytes(trustRoot),
      keys: bytes(keys),
    },
  });
  const { origin } = await trust.forRegistry("https://registry.invalid/");
  notes.add(`${origin.kind} ${origin.note ?? ""}`);
}
await network.close();
process.stdout.write(JSON.stringify([...notes]));
