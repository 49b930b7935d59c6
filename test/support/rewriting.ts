import { minifySync } from "oxc-minify";
import { rollup } from "rollup";
import { minify as terser } from "terser";
import { minify as uglify } from "uglify-js";
import { format } from "oxfmt";

/** Ways to write code differently that change nothing of what it does: real tools, as they come. */
export interface Rewriting {
  readonly name: string;
  readonly rewrite: (code: string) => Promise<string>;
}

export const REWRITINGS: readonly Rewriting[] = [
  {
    name: "oxfmt with other habits",
    rewrite: async (code) => {
      const options = { printWidth: 40, semi: false, singleQuote: true, tabWidth: 8 } as const;
      return (await format("code.js", code, options)).code;
    },
  },
  {
    name: "terser as a renamer",
    rewrite: (code) =>
      byTerser(code, { compress: false, mangle: { toplevel: true }, module: true }),
  },
  { name: "terser", rewrite: (code) => byTerser(code, { module: true }) },
  {
    name: "terser, thoroughly",
    rewrite: (code) =>
      byTerser(code, {
        module: true,
        toplevel: true,
        compress: { passes: 3, unsafe: true, pure_getters: true, keep_fargs: false },
      }),
  },
  {
    name: "oxc-minify",
    rewrite: (code) => Promise.resolve(minifySync("code.js", code, { mangle: true }).code),
  },
  {
    name: "uglify-js",
    rewrite: (code) => {
      const { code: shorter, error } = uglify(code, { module: true, toplevel: true });
      if (error !== undefined) throw error;
      return Promise.resolve(shorter);
    },
  },
];

async function byTerser(code: string, options: Parameters<typeof terser>[1]): Promise<string> {
  const { code: shorter } = await terser(code, options);
  if (shorter === undefined) throw new Error("terser gave nothing");
  return shorter;
}

/** ES modules as one file. */
export async function bundled(
  modules: ReadonlyMap<string, string>,
  entry: string,
): Promise<string> {
  const bundle = await rollup({
    input: `/${entry}`,
    external: (id) => !/^[./\0]/.test(id),
    plugins: [
      {
        name: "modules in memory",
        resolveId: (id) => (/^[./]/.test(id) ? `/${id.replace(/^\.?\//, "")}` : null),
        load: (id) => modules.get(id.slice(1)) ?? null,
      },
    ],
  });
  const { output } = await bundle.generate({ format: "es" });
  return output[0].code;
}
