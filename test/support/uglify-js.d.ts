declare module "uglify-js" {
  export function minify(
    code: string,
    options: { readonly module: boolean; readonly toplevel: boolean },
  ): { readonly code: string; readonly error?: Error };
}
