import { hash } from "node:crypto";
import { openStore } from "../../src/store/store.ts";

/** A process of its own that writes the same and other rows as its siblings: folder, id, count. */
const [folder = "", id = "", count = "0"] = process.argv.slice(2);
const store = await openStore(folder, { clock: () => 1 });
for (let index = 0; index < Number(count); index++) {
  for (const name of [`shared-${String(index)}`, `own-${id}-${String(index)}`]) {
    store.seen.remember({
      registry: "https://a.invalid/",
      name,
      version: "1.0.0",
      digests: {
        sha512: hash("sha512", name, "hex"),
        sha256: hash("sha256", name, "hex"),
        sha1: hash("sha1", name, "hex"),
      },
      treeSha256: hash("sha256", name, "hex"),
      maintainers: undefined,
      publisher: undefined,
      publishedAtMs: undefined,
    });
  }
}
await store.close();
