import type {
  ArrowFunctionExpression,
  Class,
  Function as FunctionLiteral,
  Node,
  Program,
} from "oxc-parser";
import type { ConstantKind } from "../../model/package-diff.ts";
import { concatParts, isNegative, isVoid, plain, statementsOf, writtenName } from "./idioms.ts";
import { constantIn, textToken } from "./literals.ts";
import { childrenOf } from "../parse/children.ts";
import { hasBetween } from "../parse/lines.ts";
import { declarePattern, localName, type Scope, scopeOf } from "./scopes.ts";
import type { Sketch } from "./sketch.ts";
import { TokenStream } from "./tokens.ts";

/** A function, or what a file does outside all functions, in a form that says what it does. */
export interface CodeUnit {
  readonly file: string;
  /** What a file does outside all functions. */
  readonly isTop: boolean;
  readonly name: string | undefined;
  /** Offsets in the file's text. */
  readonly start: number;
  readonly end: number;
  /** Equal for code that differs in names, layout and idioms only. */
  readonly digest: string;
  /** In tokens of the normal form. */
  readonly size: number;
  readonly sketch: Sketch | undefined;
}

export interface FileForm {
  readonly units: readonly CodeUnit[];
  readonly constants: readonly FoundConstant[];
  /** Those of the watched offsets at which code begins, and not a text or a comment. */
  readonly codeAt: ReadonlySet<number>;
  readonly nodeCount: number;
}

interface FoundConstant {
  readonly kind: ConstantKind;
  readonly text: string;
  readonly offset: number;
}

type FunctionNode = FunctionLiteral | ArrowFunctionExpression;

interface Pending {
  readonly node: FunctionNode;
  readonly scope: Scope;
  readonly name: string | undefined;
}

const CONSTANTS_MAX = 5_000;

/**
 * Reads a file into its normal form. Names of the code's own are numbered, types and layout left out,
 * and what minifiers, formatters and bundlers write differently is written in one way: see
 * `idioms.ts`.
 */
export function normalForm(file: string, program: Program, wishes: Wishes = {}): FileForm {
  return new NormalForm(file, wishes).read(program);
}

interface Wishes {
  /** Offsets of which {@link FileForm.codeAt} tells. */
  readonly watched?: ReadonlySet<number>;
  /** Offsets, ascending: only functions around one of them are read, and what is outside all. */
  readonly around?: readonly number[] | undefined;
}

class NormalForm {
  readonly #file: string;
  readonly #watched: ReadonlySet<number>;
  readonly #around: readonly number[] | undefined;
  readonly #codeAt = new Set<number>();
  readonly #units: CodeUnit[] = [];
  readonly #constants: FoundConstant[] = [];
  readonly #pending: Pending[] = [];
  #out = new TokenStream();
  #scope: Scope = { parent: undefined, names: new Map() };
  #nodeCount = 0;

  constructor(file: string, { watched = new Set(), around }: Wishes) {
    this.#file = file;
    this.#watched = watched;
    this.#around = around;
  }

  read(program: Program): FileForm {
    this.#scope = scopeOf(program.body, undefined, undefined);
    this.#list(program.body, true);
    this.#unit(undefined, program.start, program.end);
    for (let next = this.#pending.pop(); next !== undefined; next = this.#pending.pop()) {
      this.#function(next);
    }
    return {
      units: this.#units,
      constants: this.#constants,
      codeAt: this.#codeAt,
      nodeCount: this.#nodeCount,
    };
  }

  #unit(name: string | undefined, start: number, end: number): void {
    const { size } = this.#out;
    const isTop = this.#units.length === 0;
    this.#units.push({ file: this.#file, isTop, name, start, end, size, ...this.#out.end() });
  }

  #function({ node, scope, name }: Pending): void {
    this.#out = new TokenStream();
    this.#scope = scope;
    this.#body(node);
    this.#unit(name, node.start, node.end);
  }

  #body(node: FunctionNode): void {
    const { params, body } = node;
    const outer = this.#scope;
    const own = node.type === "FunctionExpression" ? node.id?.name : undefined;
    const inside = body === null ? [] : body.type === "BlockStatement" ? body.body : [body];
    const names = new Map(scopeOf(inside, outer, own).names);
    for (const parameter of params) {
      declarePattern(parameter, (each) => {
        if (!names.has(each)) names.set(each, { name: each });
      });
    }
    this.#scope = { parent: outer, names };
    this.#push(node.async ? "async" : "");
    this.#push(node.generator ? "generator" : "");
    // Plain parameters that nothing uses are what minifiers drop.
    for (const parameter of params) if (parameter.type !== "Identifier") this.#visit(parameter);
    if (body?.type === "BlockStatement") this.#list(body.body, true);
    else if (body !== null) this.#returned(body);
    this.#scope = outer;
  }

  #push(token: string): void {
    if (token !== "") this.#out.push(token);
  }

  #see(node: Node): void {
    this.#nodeCount += 1;
    if (this.#watched.size > 0 && this.#watched.has(node.start)) this.#codeAt.add(node.start);
  }

  // --- Statements

  /**
   * `if (a) { return b; } c; return d;` is written as `if (a) { return b; } else { c; return d; }`, and
   * `if (a) return; b;` at the end of a function as `if (!a) { b; }`.
   */
  #list(body: readonly Node[], isWholeFunction: boolean): void {
    let open = 0;
    for (const [index, statement] of body.entries()) {
      const isLast = index === body.length - 1;
      if (isWholeFunction && isLast && isEmptyReturn(statement)) break;
      if (statement.type !== "IfStatement" || statement.alternate !== null || isLast) {
        this.#statement(statement);
        continue;
      }
      const inside = statementsOf(statement.consequent);
      if (isWholeFunction && inside.length === 1 && isEmptyReturn(inside[0])) {
        this.#push("if");
        this.#see(statement);
        this.#test(statement.test, true);
        open += 1;
      } else if (endsFlow(inside.at(-1))) {
        this.#see(statement);
        this.#push("if");
        this.#test(statement.test, false);
        this.#list(inside, false);
        this.#push("else");
        open += 1;
      } else this.#statement(statement);
    }
    for (; open > 0; open -= 1) this.#push("end");
  }

  #statement(node: Node): void {
    this.#see(node);
    switch (node.type) {
      case "ExpressionStatement":
        // "use strict"
        if ("directive" in node && typeof node.directive === "string") return;
        return this.#effect(node.expression);
      case "BlockStatement":
        return this.#list(node.body, false);
      case "EmptyStatement":
        return;
      case "IfStatement":
        return this.#branch(
          node.test,
          () => this.#list(statementsOf(node.consequent), false),
          node.alternate === null
            ? undefined
            : () => this.#list(statementsOf(node.alternate), false),
        );
      case "ReturnStatement":
        if (node.argument === null) return this.#push("return");
        return this.#returned(node.argument);
      case "VariableDeclaration":
        for (const { id, init } of node.declarations) {
          if (init !== null) this.#assigned(id, "=", init, true);
        }
        return;
      case "FunctionDeclaration":
        return this.#later(node, node.id?.name);
      case "ClassDeclaration":
        return this.#class(node);
      default:
        return this.#otherStatement(node);
    }
  }

  #otherStatement(node: Node): void {
    switch (node.type) {
      case "ForStatement":
        if (node.init !== null) {
          if (node.init.type === "VariableDeclaration") this.#statement(node.init);
          else this.#effect(node.init);
        }
        this.#push("loop");
        if (node.test !== null && !isTrue(node.test)) this.#test(node.test, false);
        if (node.update !== null) this.#effect(node.update);
        this.#list(statementsOf(node.body), false);
        return this.#push("end");
      case "WhileStatement":
        this.#push("loop");
        if (!isTrue(node.test)) this.#test(node.test, false);
        this.#list(statementsOf(node.body), false);
        return this.#push("end");
      case "ForInStatement":
      case "ForOfStatement": {
        this.#push(node.type);
        const { left } = node;
        const target = left.type === "VariableDeclaration" ? left.declarations[0]?.id : left;
        if (target !== undefined) this.#visit(target);
        this.#visit(node.right);
        this.#list(statementsOf(node.body), false);
        return this.#push("end");
      }
      case "ThrowStatement":
        return this.#lastOf(node.argument, (last) => {
          this.#push("throw");
          this.#visit(last);
        });
      default:
        return this.#moduleItem(node);
    }
  }

  /** How a file is loaded and what it hands out is the bundler's business: only what it does counts. */
  #moduleItem(node: Node): void {
    switch (node.type) {
      case "ImportDeclaration":
      case "ExportAllDeclaration":
        if (/^[./]/.test(node.source.value)) return;
        this.#push("import");
        return this.#text(node.source.value, node.source.start);
      case "ExportNamedDeclaration":
        if (node.declaration !== null) this.#statement(node.declaration);
        return;
      case "ExportDefaultDeclaration":
        if (node.declaration.type === "FunctionDeclaration")
          return this.#statement(node.declaration);
        if (node.declaration.type === "ClassDeclaration") return this.#class(node.declaration);
        return this.#visit(node.declaration);
      case "TSTypeAliasDeclaration":
      case "TSInterfaceDeclaration":
      case "TSDeclareFunction":
        return;
      default:
        this.#push(node.type);
        for (const child of childrenOf(node)) this.#visit(child);
        return this.#push("end");
    }
  }

  /** An expression for what it does. */
  #effect(expression: Node): void {
    const node = plain(expression);
    switch (node.type) {
      case "SequenceExpression":
        for (const item of node.expressions) this.#effect(item);
        return;
      case "LogicalExpression":
        if (node.operator === "??") return this.#visit(node);
        this.#push("if");
        this.#test(node.left, node.operator === "||");
        this.#effect(node.right);
        return this.#push("end");
      case "ConditionalExpression":
        return this.#branch(
          node.test,
          () => this.#effect(node.consequent),
          () => this.#effect(node.alternate),
        );
      case "AssignmentExpression":
        return this.#assigned(node.left, node.operator, node.right, false);
      case "UpdateExpression":
        this.#push(node.operator === "++" ? "+=" : "-=");
        this.#visit(node.argument);
        return this.#push("1");
      case "UnaryExpression":
        if (node.operator === "void" || node.operator === "!") return this.#effect(node.argument);
        return this.#visit(node);
      case "Literal":
        return;
      default:
        return this.#visit(node);
    }
  }

  #returned(argument: Node): void {
    this.#lastOf(argument, (last) => {
      if (last.type === "ConditionalExpression") {
        return this.#branch(
          last.test,
          () => this.#returned(last.consequent),
          () => this.#returned(last.alternate),
        );
      }
      if (last.type === "UnaryExpression" && last.operator === "void") {
        this.#effect(last.argument);
        return this.#push("return");
      }
      this.#push("return");
      if (!isVoid(last)) this.#visit(last);
    });
  }

  /** `a, b, c`: what comes before the last one is done first. */
  #lastOf(expression: Node, use: (last: Node) => void): void {
    const node = plain(expression);
    if (node.type !== "SequenceExpression") return use(node);
    for (const item of node.expressions.slice(0, -1)) this.#effect(item);
    const last = node.expressions.at(-1);
    if (last !== undefined) this.#lastOf(last, use);
  }

  #branch(test: Node, then: () => void, otherwise: (() => void) | undefined): void {
    const swapped = otherwise !== undefined && isNegative(test);
    this.#lastOf(test, (last) => {
      this.#push("if");
      this.#test(last, swapped);
    });
    (swapped ? otherwise : then)();
    if (otherwise !== undefined) {
      this.#push("else");
      (swapped ? then : otherwise)();
    }
    this.#push("end");
  }

  #assigned(target: Node, operator: string, right: Node, declares: boolean): void {
    const value = plain(right);
    if (isFunction(value) && target.type === "Identifier") {
      // As good as a declaration: only its own unit says something.
      return this.#later(value, target.name);
    }
    this.#lastOf(value, (last) => {
      if (last.type === "ConditionalExpression" && target.type === "Identifier") {
        return this.#branch(
          last.test,
          () => this.#assigned(target, operator, last.consequent, declares),
          () => this.#assigned(target, operator, last.alternate, declares),
        );
      }
      if (declares && isVoid(last)) return;
      this.#push(operator);
      this.#visit(target);
      this.#value(last, writtenName(target));
    });
  }

  // --- Expressions

  #value(node: Node, name: string | undefined): void {
    const inner = plain(node);
    if (!isFunction(inner)) return this.#visit(inner);
    this.#push("function");
    this.#later(inner, inner.type === "FunctionExpression" ? (inner.id?.name ?? name) : name);
  }

  #later(node: FunctionNode, name: string | undefined): void {
    this.#see(node);
    const isWanted = this.#around === undefined || hasBetween(this.#around, node.start, node.end);
    if (isWanted) this.#pending.push({ node, scope: this.#scope, name });
  }

  /** A condition: `!a`, `!(a && b)` and their like are turned the same way round. */
  #test(expression: Node, negated: boolean): void {
    const node = plain(expression);
    if (node.type === "UnaryExpression" && node.operator === "!") {
      return this.#test(node.argument, !negated);
    }
    if (node.type === "LogicalExpression" && node.operator !== "??") {
      this.#see(node);
      this.#push((node.operator === "&&") === negated ? "or" : "and");
      this.#operands(node, node.operator, negated);
      return this.#push("end");
    }
    if (node.type === "BinaryExpression" && /^[!=]==?$/.test(node.operator)) {
      const equals = node.operator.startsWith("=") !== negated;
      return this.#symmetric(
        `${equals ? "=" : "!"}${node.operator.slice(1)}`,
        node.left,
        node.right,
      );
    }
    if (negated) this.#push("not");
    this.#visit(node);
  }

  /** `a && (b && c)` and `(a && b) && c` are the same. */
  #operands(expression: Node, operator: string, negated: boolean): void {
    const node = plain(expression);
    if (node.type === "LogicalExpression" && node.operator === operator) {
      this.#operands(node.left, operator, negated);
      this.#operands(node.right, operator, negated);
    } else this.#test(node, negated);
  }

  #symmetric(operator: string, left: Node, right: Node): void {
    const [a, b] = plain(left).type === "Literal" || isVoid(left) ? [right, left] : [left, right];
    this.#push(operator);
    this.#visit(a);
    this.#visit(b);
  }

  #visit(expression: Node): void {
    const node = plain(expression);
    this.#see(node);
    switch (node.type) {
      case "Identifier":
        return this.#identifier(node.name);
      case "Literal":
        return this.#literal(node);
      case "FunctionExpression":
      case "ArrowFunctionExpression":
        return this.#value(node, undefined);
      case "FunctionDeclaration":
        return this.#later(node, node.id?.name);
      case "ClassExpression":
      case "ClassDeclaration":
        return this.#class(node);
      case "SequenceExpression":
        return this.#lastOf(node, (last) => this.#visit(last));
      case "MemberExpression":
        return this.#member(node);
      case "UnaryExpression":
        return this.#unary(node);
      case "BinaryExpression":
      case "TemplateLiteral":
        return this.#binary(node);
      case "LogicalExpression":
        this.#push(node.operator);
        this.#visit(node.left);
        return this.#visit(node.right);
      case "ConditionalExpression":
        return this.#branch(
          node.test,
          () => this.#visit(node.consequent),
          () => this.#visit(node.alternate),
        );
      default:
        return this.#otherExpression(node);
    }
  }

  #otherExpression(node: Node): void {
    switch (node.type) {
      case "CallExpression":
      case "NewExpression": {
        const parts = node.type === "CallExpression" ? concatParts(node) : undefined;
        if (parts !== undefined) return this.#concatenation(parts, node.start);
        this.#push(node.type);
        this.#callee(plain(node.callee));
        for (const argument of node.arguments) this.#visit(argument);
        return this.#push("end");
      }
      case "AssignmentExpression":
        this.#push(node.operator);
        this.#visit(node.left);
        return this.#value(node.right, writtenName(node.left));
      case "Property": {
        this.#key(node.key, node.computed);
        return this.#value(node.value, writtenName(node));
      }
      case "TSParameterProperty":
        return this.#visit(node.parameter);
      case "TSTypeAnnotation":
      case "TSTypeParameterInstantiation":
      case "TSTypeParameterDeclaration":
      case "TSInterfaceDeclaration":
      case "TSTypeAliasDeclaration":
        return;
      default:
        if (/Statement$|Declaration$/.test(node.type)) return this.#statement(node);
        this.#push(node.type);
        for (const child of childrenOf(node)) this.#visit(child);
        return this.#push("end");
    }
  }

  /** A function that is called where it stands belongs to the one around it: minifiers inline so. */
  #callee(callee: Node): void {
    if (!isFunction(callee) || callee.generator) return this.#visit(callee);
    this.#see(callee);
    this.#body(callee);
  }

  #identifier(name: string): void {
    const local = localName(this.#scope, name);
    if (local !== undefined) this.#out.pushLocal(local);
    else this.#push(name === "undefined" ? "undefined" : `global:${name}`);
  }

  #literal(node: Node & { type: "Literal" }): void {
    const { value } = node;
    if (typeof value === "string") return this.#text(value, node.start);
    if ("regex" in node) return this.#push(`/${node.regex.pattern}/${node.regex.flags}`);
    this.#push("bigint" in node ? `${node.bigint}n` : String(value));
  }

  #text(text: string, offset: number): void {
    this.#push(textToken(text));
    const constant = constantIn(text);
    if (constant === undefined || this.#constants.length >= CONSTANTS_MAX) return;
    this.#constants.push({ ...constant, offset });
  }

  #member(node: Node & { type: "MemberExpression" }): void {
    // The spine of `a.b.c…` is unrolled: it can be long without nesting.
    const spine: (Node & { type: "MemberExpression" })[] = [];
    let at: Node = node;
    while (at.type === "MemberExpression") {
      spine.push(at);
      at = plain(at.object);
    }
    this.#visit(at);
    for (const part of spine.toReversed()) this.#key(part.property, part.computed);
  }

  #key(key: Node, computed: boolean): void {
    const name = writtenName(key, computed);
    if (name !== undefined) return this.#push(`.${name}`);
    this.#push("[]");
    this.#visit(key);
  }

  #unary(node: Node & { type: "UnaryExpression" }): void {
    const argument = plain(node.argument);
    if (isVoid(node)) return this.#push("undefined");
    if (node.operator === "!") {
      if (argument.type === "Literal" && typeof argument.value === "number") {
        return this.#push(String(argument.value === 0));
      }
      return this.#test(argument, true);
    }
    if (
      node.operator === "-" &&
      argument.type === "Literal" &&
      typeof argument.value === "number"
    ) {
      return this.#push(String(-argument.value));
    }
    this.#push(node.operator);
    this.#visit(argument);
  }

  #binary(node: Node & { type: "BinaryExpression" | "TemplateLiteral" }): void {
    const parts = concatParts(node);
    if (parts !== undefined) return this.#concatenation(parts, node.start);
    if (node.type !== "BinaryExpression") return;
    const { operator, left, right } = node;
    if (operator === "+") return this.#sum(node);
    if (operator === "/" && isNumber(left, 1) && isNumber(right, 0)) {
      return this.#push("global:Infinity");
    }
    if (/^[!=]==?$/.test(operator)) return this.#symmetric(operator, left, right);
    if (operator === ">" || operator === ">=") {
      this.#push(operator === ">" ? "<" : "<=");
      this.#visit(right);
      return this.#visit(left);
    }
    this.#push(operator);
    this.#visit(left);
    this.#visit(right);
  }

  /** The left spine can be as long as the file: no recursion along it. */
  #sum(node: Node): void {
    const rights: Node[] = [];
    let at = node;
    while (at.type === "BinaryExpression" && at.operator === "+") {
      rights.push(at.right);
      at = plain(at.left);
    }
    this.#push("sum");
    this.#visit(at);
    for (const right of rights.toReversed()) this.#visit(right);
    this.#push("end");
  }

  #concatenation(parts: readonly (string | Node)[], offset: number): void {
    this.#push("concat");
    for (const part of parts) {
      if (typeof part === "string") this.#text(part, offset);
      else this.#visit(part);
    }
    this.#push("end");
  }

  #class(node: Class): void {
    this.#push("class");
    if (node.superClass !== null) this.#visit(node.superClass);
    for (const item of node.body.body) {
      this.#see(item);
      if (item.type === "MethodDefinition" || item.type === "PropertyDefinition") {
        this.#key(item.key, item.computed);
        if (item.value !== null) this.#value(item.value, writtenName(item.key, item.computed));
      } else if (item.type === "StaticBlock") this.#list(item.body, false);
    }
    this.#push("end");
  }
}

function isFunction(node: Node): node is FunctionNode {
  return node.type === "FunctionExpression" || node.type === "ArrowFunctionExpression";
}

function isEmptyReturn(node: Node | undefined): boolean {
  return node?.type === "ReturnStatement" && (node.argument === null || isVoid(node.argument));
}

function endsFlow(node: Node | undefined): boolean {
  return node?.type === "ReturnStatement" || node?.type === "ThrowStatement";
}

function isTrue(node: Node): boolean {
  return (
    (node.type === "Literal" && (node.value === true || node.value === 1)) ||
    (node.type === "UnaryExpression" && node.operator === "!" && isNumber(node.argument, 0))
  );
}

function isNumber(node: Node, value: number): boolean {
  return node.type === "Literal" && node.value === value;
}
