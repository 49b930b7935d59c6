/**
 * A small assembler for the classic BPF programs that seccomp(2) runs over `struct seccomp_data`:
 * number of the call, architecture, six arguments of 64 bits.
 */

export type Verdict =
  | { readonly kind: "allow" }
  | { readonly kind: "kill" }
  /** The supervisor is asked (seccomp_unotify(2)). */
  | { readonly kind: "ask" }
  | { readonly kind: "refuse"; readonly error: number };

/** Holds when the argument, under the mask, equals the value; `not` turns it round. */
export interface Condition {
  readonly argument: 0 | 1 | 2 | 3 | 4 | 5;
  /** The lower or the upper 32 bits; calls that take an `int` see the lower ones alone. */
  readonly half: "low" | "high";
  readonly mask: number;
  readonly value: number;
  readonly not: boolean;
}

export interface Case {
  /** All must hold. */
  readonly when: readonly Condition[];
  readonly verdict: Verdict;
}

export interface CallRule {
  readonly number: number;
  /** The first that holds decides. */
  readonly cases: readonly Case[];
  readonly otherwise: Verdict;
}

export interface ProgramPlan {
  /** AUDIT_ARCH_*; a call by any other is the end of the process. */
  readonly architecture: number;
  /** Numbers from here on belong to another ABI of the same architecture (x32). */
  readonly numbersBelow: number | undefined;
  /** A number stands here once. What stands nowhere is allowed. */
  readonly rules: readonly CallRule[];
}

interface Step {
  readonly code: number;
  readonly whenTrue: number;
  readonly whenFalse: number;
  readonly operand: number;
}

const STEP_BYTES = 8;
const CONDITION_STEPS = 3;
const NUMBER_AT = 0;
const ARCHITECTURE_AT = 4;
const ARGUMENTS_AT = 16;

const LOAD = 0x20;
const JUMP_IF_EQUAL = 0x15;
const JUMP_IF_AT_LEAST = 0x35;
const AND = 0x54;
const RETURN = 0x06;

const RETURN_ERRNO = 0x00050000;
const RETURN_VALUES = {
  kill: 0x80000000,
  ask: 0x7fc00000,
  allow: 0x7fff0000,
} as const satisfies Partial<Record<Verdict["kind"], number>>;

/** The program as the kernel takes it: an array of `struct sock_filter`, little endian. */
export function assemble(plan: ProgramPlan): Buffer {
  const steps = [
    step(LOAD, ARCHITECTURE_AT),
    ...unlessEqual(plan.architecture, { kind: "kill" }),
    step(LOAD, NUMBER_AT),
    ...foreignNumbers(plan.numbersBelow),
    ...plan.rules.flatMap(ruleSteps),
    returning({ kind: "allow" }),
  ];
  return Buffer.concat(steps.map(encode));
}

function step(code: number, operand: number, whenTrue = 0, whenFalse = 0): Step {
  return { code, operand: operand >>> 0, whenTrue, whenFalse };
}

function returning(verdict: Verdict): Step {
  return step(RETURN, returnValue(verdict));
}

function returnValue(verdict: Verdict): number {
  if (verdict.kind === "refuse") return RETURN_ERRNO | verdict.error;
  return RETURN_VALUES[verdict.kind];
}

function unlessEqual(value: number, verdict: Verdict): readonly Step[] {
  return [step(JUMP_IF_EQUAL, value, 1, 0), returning(verdict)];
}

function foreignNumbers(below: number | undefined): readonly Step[] {
  if (below === undefined) return [];
  return [step(JUMP_IF_AT_LEAST, below, 0, 1), returning({ kind: "kill" })];
}

/** Enters with the number loaded and leaves a number that is not its own loaded as it was. */
function ruleSteps(rule: CallRule): readonly Step[] {
  const body = [...rule.cases.flatMap(caseSteps), returning(rule.otherwise)];
  return [step(JUMP_IF_EQUAL, rule.number, 0, body.length), ...body];
}

function caseSteps({ when, verdict }: Case): readonly Step[] {
  // Every condition is as long as the next, so each knows how much it has to jump over.
  return [
    ...when.flatMap((condition, index) =>
      conditionSteps(condition, (when.length - index - 1) * CONDITION_STEPS + 1),
    ),
    returning(verdict),
  ];
}

function conditionSteps(condition: Condition, skipped: number): readonly Step[] {
  const at = ARGUMENTS_AT + 8 * condition.argument + (condition.half === "high" ? 4 : 0);
  return [
    step(LOAD, at),
    step(AND, condition.mask),
    condition.not
      ? step(JUMP_IF_EQUAL, condition.value, skipped, 0)
      : step(JUMP_IF_EQUAL, condition.value, 0, skipped),
  ];
}

function encode({ code, whenTrue, whenFalse, operand }: Step): Buffer {
  const bytes = Buffer.alloc(STEP_BYTES);
  bytes.writeUInt16LE(code, 0);
  // A jump further than a byte can say would land somewhere else: this throws.
  bytes.writeUInt8(whenTrue, 2);
  bytes.writeUInt8(whenFalse, 3);
  bytes.writeUInt32LE(operand, 4);
  return bytes;
}
