import * as oxc from "oxc-parser";

export const MODES = ["plain", "raw", "lazy"] as const;
export type Mode = (typeof MODES)[number];

/** The modes are experimental and in no type declaration of the package. */
interface LazyResult extends oxc.ParseResult {
  visit(visitor: object): void;
  dispose(): void;
}
const lazyApi = oxc as unknown as {
  parseSync(name: string, text: string, options: object): LazyResult;
  experimentalGetLazyVisitor(): new (handlers: object) => object;
};

export interface Reader {
  /** False when the parser finds fault with the text, whatever tree it gives. */
  file(text: string, lang: "ts" | "jsx"): boolean;
  calls(): number;
}

/** Parses and walks for calls and names, and does nothing with them. */
export function readerIn(mode: Mode): Reader {
  let calls = 0;
  const call = (): void => {
    calls += 1;
  };
  const identifier = (node: { readonly name: string }): void => void node.name;
  const handlers = { CallExpression: call, NewExpression: call, ImportExpression: call };
  const visitor = new oxc.Visitor({ ...handlers, Identifier: identifier });
  const LazyVisitor = lazyApi.experimentalGetLazyVisitor();
  const lazyVisitor = new LazyVisitor({
    ...handlers,
    IdentifierName: identifier,
    IdentifierReference: identifier,
    BindingIdentifier: identifier,
  });
  const option =
    mode === "plain"
      ? {}
      : { [mode === "raw" ? "experimentalRawTransfer" : "experimentalLazy"]: true };
  const file = (text: string, lang: "ts" | "jsx"): boolean => {
    const options = { lang, sourceType: "unambiguous", ...option };
    const result = lazyApi.parseSync("source", text, options);
    const isRead = result.errors.length === 0;
    if (mode === "lazy") {
      result.visit(lazyVisitor);
      result.dispose();
    } else {
      visitor.visit(result.program);
    }
    return isRead;
  };
  return { file, calls: () => calls };
}
