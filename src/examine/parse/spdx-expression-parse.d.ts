declare module "spdx-expression-parse" {
  /** @throws Error when it is no SPDX license expression */
  function parse(expression: string): object;
  export = parse;
}
