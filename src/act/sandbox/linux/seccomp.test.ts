import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ARCHITECTURES, type Architecture, callNumber, type CallName } from "./calls.ts";
import { filterOf, type FilterPlan } from "./seccomp.ts";

const AUDIT = { x64: 0xc000003e, arm64: 0xc00000b7 } as const;
const EPERM = 1;
const EACCES = 13;
const ENOSYS = 38;

/** Runs a program as the kernel does (net/core/filter.c), over one call. */
function interpret(program: Buffer, data: Buffer): number {
  let accumulator = 0;
  for (let at = 0; at < program.length / 8; at++) {
    const code = program.readUInt16LE(at * 8);
    const [whenTrue, whenFalse] = [program.readUInt8(at * 8 + 2), program.readUInt8(at * 8 + 3)];
    const operand = program.readUInt32LE(at * 8 + 4);
    if (code === 0x20) accumulator = data.readUInt32LE(operand);
    else if (code === 0x54) accumulator = (accumulator & operand) >>> 0;
    else if (code === 0x15) at += accumulator === operand ? whenTrue : whenFalse;
    else if (code === 0x35) at += accumulator >= operand ? whenTrue : whenFalse;
    else if (code === 0x06) return operand;
    else throw new Error(`The program has a step of code ${String(code)}.`);
  }
  throw new Error("The program ends without an answer.");
}

function dataOf(architecture: number, number: number, args: readonly bigint[]): Buffer {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(number, 0);
  data.writeUInt32LE(architecture, 4);
  args.forEach((value, index) => data.writeBigUInt64LE(BigInt.asUintN(64, value), 16 + 8 * index));
  return data;
}

const ANSWERS = new Map([
  [0x7fff0000, "allowed"],
  [0x7fc00000, "asked"],
  [0x80000000, "killed"],
]);

function answer(plan: FilterPlan, name: CallName, ...args: readonly number[]): string {
  const number = callNumber(name, plan.architecture);
  if (number === undefined) return "no such call";
  const { program } = filterOf(plan);
  const value = interpret(program, dataOf(AUDIT[plan.architecture], number, args.map(BigInt)));
  return ANSWERS.get(value) ?? `refused with ${String(value & 0xffff)}`;
}

function plan(architecture: Architecture, change: Partial<FilterPlan> = {}): FilterPlan {
  return { architecture, keeper: false, ownNamespaces: true, ...change };
}

const NEW_USER = 0x10000000;
const THREAD = 0x3d0f00;
const SIGCHLD = 17;

describe.each(ARCHITECTURES)("the filter on %s", (architecture) => {
  const alone = plan(architecture);

  it.each([
    ["ptrace"],
    ["process_vm_readv"],
    ["keyctl"],
    ["mount"],
    ["bpf"],
    ["perf_event_open"],
    ["userfaultfd"],
    ["setns"],
    ["open_by_handle_at"],
    ["kexec_load"],
    ["finit_module"],
    ["memfd_create"],
    ["chroot"],
    ["settimeofday"],
  ] as const)("refuses %s", (name) => {
    expect(answer(alone, name)).toBe("refused with 1");
    expect(answer({ ...alone, keeper: true }, name)).toBe("asked");
  });

  it("lets programs fall back to calls whose arguments can be seen", () => {
    const names = ["clone3", "openat2", "fchmodat2", "io_uring_setup", "io_uring_enter"] as const;
    expect(names.map((name) => answer(alone, name))).toEqual(
      names.map(() => `refused with ${String(ENOSYS)}`),
    );
    expect(answer({ ...alone, keeper: true }, "io_uring_setup")).toBe("refused with 38");
  });

  it("tells a fork and a thread from a new namespace", () => {
    expect(answer(alone, "clone", SIGCHLD)).toBe("allowed");
    expect(answer(alone, "clone", THREAD)).toBe("allowed");
    expect(answer(alone, "clone", NEW_USER | SIGCHLD)).toBe(`refused with ${String(EPERM)}`);
    expect(answer(alone, "unshare", NEW_USER)).toBe(`refused with ${String(EPERM)}`);
    expect(answer(alone, "unshare", 0x400)).toBe("allowed");
  });

  it("gives out connections of TCP and, in a network of its own, datagrams; nothing else", () => {
    const stream = 1 | 0o2000000;
    const refused = `refused with ${String(EACCES)}`;
    expect({
      tcp: answer(alone, "socket", 2, stream, 0),
      tcp6: answer(alone, "socket", 10, 1, 6),
      udp: answer(alone, "socket", 2, 2, 0),
      udpOfTheMachine: answer({ ...alone, ownNamespaces: false }, "socket", 2, 2, 17),
      raw: answer(alone, "socket", 2, 3, 1),
      ping: answer(alone, "socket", 2, 2, 1),
      multipath: answer(alone, "socket", 2, 1, 262),
      packet: answer(alone, "socket", 17, 3, 0),
      vsock: answer(alone, "socket", 40, 1, 0),
      crypto: answer(alone, "socket", 38, 5, 0),
      unix: answer(alone, "socket", 1, 1, 0),
      addresses: answer(alone, "socket", 16, 3, 0),
      audit: answer(alone, "socket", 16, 3, 9),
      pair: answer(alone, "socketpair", 1, stream, 0),
      datagramPair: answer(alone, "socketpair", 1, 2, 0),
    }).toEqual({
      tcp: "allowed",
      tcp6: "allowed",
      udp: "allowed",
      udpOfTheMachine: refused,
      raw: refused,
      ping: refused,
      multipath: refused,
      packet: refused,
      vsock: refused,
      crypto: refused,
      unix: refused,
      addresses: "allowed",
      audit: refused,
      pair: "allowed",
      datagramPair: refused,
    });
  });

  it("sees an address to send to in either half of its pointer", () => {
    const shared = plan(architecture, { ownNamespaces: false });
    const low = [3, 0x1000, 5, 0, 0x7000, 16];
    const high = [3, 0x1000, 5, 0, 0x7f0000000000, 16];
    expect(answer(shared, "sendto", 3, 0x1000, 5, 0, 0, 0)).toBe("allowed");
    expect(answer(shared, "sendto", ...low)).toBe(`refused with ${String(EACCES)}`);
    expect(answer(shared, "sendto", ...high)).toBe(`refused with ${String(EACCES)}`);
    expect(answer(shared, "sendto", 3, 0x1000, 5, 0x20000000, 0, 0)).toMatch("refused");
    expect(answer(shared, "sendmsg", 3, 0x1000, 0x20000000)).toBe(`refused with ${String(EPERM)}`);
    expect(answer(shared, "sendmsg", 3, 0x1000, 0x4000)).toBe("allowed");
  });

  it("lets no program be left that runs as its owner, and no device", () => {
    expect(answer(alone, "fchmodat", 3, 0x1000, 0o4755)).toMatch("refused");
    expect(answer(alone, "fchmodat", 3, 0x1000, 0o2755)).toBe("allowed");
    expect(answer(alone, "openat", 3, 0x1000, 0o101, 0o4755)).toMatch("refused");
    expect(answer(alone, "openat", 3, 0x1000, 0o101, 0o755)).toBe("allowed");
    // Without O_CREAT the register holds whatever was in it.
    expect(answer(alone, "openat", 3, 0x1000, 0, 0o4755)).toBe("allowed");
    // O_TMPFILE makes a file as well, which linkat then gives a name.
    expect(answer(alone, "openat", 3, 0x1000, 0o20200002, 0o4755)).toMatch("refused");
    expect(answer(alone, "openat", 3, 0x1000, 0o20200002, 0o755)).toBe("allowed");
    expect(answer(alone, "mknodat", 3, 0x1000, 0o104755, 0)).toMatch("refused");
    expect(answer(alone, "mknodat", 3, 0x1000, 0o100755, 0)).toBe("allowed");
    expect(answer(alone, "mknodat", 3, 0x1000, 0o060600, 5)).toMatch("refused");
    expect(answer(alone, "mknodat", 3, 0x1000, 0o010600, 0)).toBe("allowed");
  });

  it("leaves nothing of the machine's in reach by its number where there are no namespaces", () => {
    const shared = { ...alone, ownNamespaces: false };
    const byNumber = ["shmat", "msgsnd", "semop", "shmctl", "listen"] as const;
    expect(byNumber.map((name) => answer(shared, name, 1))).toEqual(
      byNumber.map(() => "refused with 1"),
    );
    expect(byNumber.map((name) => answer(alone, name, 1))).toEqual(byNumber.map(() => "allowed"));
    expect(answer(shared, "prlimit64", 0, 7)).toBe("allowed");
    expect(answer(shared, "prlimit64", 4242, 7)).toBe("refused with 1");
    expect(answer(shared, "setpriority", 0, 0, 5)).toBe("allowed");
    expect(answer(shared, "setpriority", 0, 4242, 5)).toBe("refused with 1");
  });

  it("lets the kernel be asked for interfaces, whose addresses alone are so short", () => {
    const shared = { ...alone, ownNamespaces: false };
    expect(answer(shared, "sendto", 3, 0x1000, 20, 0, 0x2000, 12)).toBe("allowed");
    expect(answer(shared, "sendto", 3, 0x1000, 20, 0x20000000, 0x2000, 12)).toMatch("refused");
    expect(answer(shared, "sendto", 3, 0x1000, 20, 0, 0x2000, 16)).toMatch("refused");
  });

  it("keeps terminals from being typed into, and leaves their other requests alone", () => {
    expect(answer(alone, "ioctl", 0, 0x5412)).toBe(`refused with ${String(EPERM)}`);
    expect(answer(alone, "ioctl", 0, 0x541c)).toBe(`refused with ${String(EPERM)}`);
    expect(answer(alone, "ioctl", 0, 0x5413)).toBe("allowed");
  });

  it("allows the ordinary personalities", () => {
    expect(answer(alone, "personality", 0xffffffff)).toBe("allowed");
    expect(answer(alone, "personality", 0x0400000)).toBe(`refused with ${String(EPERM)}`);
  });

  it("kills what comes through another architecture", () => {
    const { program } = filterOf(alone);
    fc.assert(
      fc.property(fc.nat(600), fc.nat(0xffffffff), (number, other) => {
        fc.pre(other !== AUDIT[architecture]);
        expect(interpret(program, dataOf(other, number, []))).toBe(0x80000000);
      }),
    );
  });

  it("refuses no more with a keeper, who answers, than without", () => {
    const bare = filterOf(alone).program;
    const kept = filterOf({ ...alone, keeper: true }).program;
    const words = fc.array(fc.oneof(fc.nat(), fc.nat(0x7fffffff)), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(fc.nat(600), words, (number, args) => {
        const data = dataOf(AUDIT[architecture], number, args.map(BigInt));
        const [without, withKeeper] = [interpret(bare, data), interpret(kept, data)];
        // What is refused alone is refused or asked about; what is allowed is allowed or asked about.
        expect([without, 0x7fc00000]).toContain(withKeeper);
      }),
      { numRuns: 2000 },
    );
  });

  it("names every call that the keeper may have to refuse", () => {
    const { denied } = filterOf({ ...alone, keeper: true });
    const numbers = new Set(denied.map(({ number }) => number));
    expect(numbers.size).toBe(denied.length);
    expect(numbers.has(callNumber("ptrace", architecture) ?? -1)).toBe(true);
  });
});

it("kills the calls of x32, which share an architecture with x64", () => {
  const { program } = filterOf(plan("x64"));
  expect(interpret(program, dataOf(AUDIT.x64, 0x40000000 + 2, []))).toBe(0x80000000);
});
