import { join } from "node:path";
import type { LocalService } from "../servers.ts";
import type { World } from "../world.ts";
import { either, inHome, kind, NOT_OFFERED, type Escape, type Wall } from "./escape.ts";

const TCP: readonly Wall[] = ["network", "landlock-network"];
/** What Landlock does not know: the filter leaves only TCP. */
const OTHER: readonly Wall[] = ["network", "system-calls"];

type To = (world: World) => readonly [string | undefined, number];

const toLoopback: To = ({ servers }) => ["127.0.0.1", servers.port];
const toLoopback6: To = ({ servers }) => ["::1", servers.port];

/** One attempt of `sockets.c` or `network.mjs` to hear the secret from an address. */
function hear(
  id: string,
  what: string,
  [program, attempt]: readonly [string, string],
  to: To,
  deniedBy: readonly Wall[],
  rest: Partial<Escape> = {},
): Escape {
  return {
    id,
    what,
    program,
    args: (world) => {
      const [address, port] = to(world);
      return address === undefined ? undefined : [attempt, address, String(port), world.secret];
    },
    deniedBy,
    report: kind("network"),
    ...rest,
  };
}

const INTERNET: readonly Escape[] = [
  hear("tcp", "a service on this machine", ["sockets", "tcp"], toLoopback, TCP),
  hear("tcp-node", "the same, from JavaScript", ["network.mjs", "greeting"], toLoopback, TCP),
  hear("tcp-6", "the same, by IPv6", ["sockets", "tcp"], toLoopback6, TCP),
  hear(
    "tcp-mapped",
    "the same, by IPv4 within IPv6",
    ["sockets", "tcp"],
    ({ servers }) => ["::ffff:127.0.0.1", servers.port],
    TCP,
  ),
  hear(
    "tcp-any",
    "the same, by the address 0.0.0.0",
    ["sockets", "tcp"],
    ({ servers }) => ["0.0.0.0", servers.port],
    TCP,
  ),
  hear(
    "tcp-host",
    "a service of the machine, by its own address",
    ["sockets", "tcp"],
    ({ servers }) => [servers.hostAddress, servers.anyPort],
    TCP,
  ),
  hear(
    "tcp-other-loopback",
    "a service on another loopback address",
    ["sockets", "tcp"],
    ({ servers }) => ["127.0.0.2", servers.anyPort],
    TCP,
  ),
  hear(
    "tcp-fast-open",
    "a connection without connecting",
    ["sockets", "tcp-fast-open"],
    toLoopback,
    TCP,
    { report: either("network", "system-call") },
  ),
  hear(
    "tcp-fast-open-connect",
    "a connection made by sending",
    ["sockets", "tcp-fast-open-connect"],
    toLoopback,
    TCP,
  ),
  hear("multipath-tcp", "TCP over several paths", ["sockets", "multipath-tcp"], toLoopback, OTHER, {
    report: kind("system-call"),
    mayLack: true,
  }),
  hear("smc", "TCP under another name", ["sockets", "smc"], toLoopback, OTHER, {
    report: kind("system-call"),
    mayLack: true,
  }),
  hear("udp", "a datagram and its answer", ["sockets", "udp"], toLoopback, OTHER, {
    report: either("network", "system-call"),
  }),
  hear("udp-6", "the same, by IPv6", ["sockets", "udp"], toLoopback6, OTHER, {
    report: either("network", "system-call"),
  }),
  hear(
    "udp-unconnected",
    "the same, without connecting",
    ["sockets", "udp-unconnected"],
    toLoopback,
    OTHER,
    { report: either("network", "system-call") },
  ),
  hear(
    "dns",
    "an answer of a name server",
    ["network.mjs", "dns"],
    ({ servers }) => [servers.lowAddress, 53],
    OTHER,
    { report: either("network", "system-call") },
  ),
  hear(
    "dns-other-port",
    "the same, on another port",
    ["network.mjs", "dns"],
    ({ servers }) => ["127.0.0.1", servers.dnsPort],
    OTHER,
    { report: either("network", "system-call") },
  ),
  hear(
    "dns-over-tls-port",
    "the port of DNS over TLS",
    ["sockets", "tcp"],
    ({ servers }) => [servers.lowAddress, 853],
    TCP,
  ),
  hear(
    "ring-connects",
    "a connection through io_uring",
    ["kernel", "ring-connects"],
    toLoopback,
    ["network", "system-calls"],
    {
      report: NOT_OFFERED,
      mayLack: true,
    },
  ),
  hear(
    "listens",
    "a visitor from outside",
    ["sockets", "listens"],
    ({ servers }) => ["0.0.0.0", servers.visitedPort],
    TCP,
    {
      report: { none: "a room's own network, or Landlock; listening is rare and not watched" },
    },
  ),
  {
    id: "listens-unbound",
    what: "the same, on a port that the kernel chooses",
    program: "sockets",
    args: ({ servers }) => ["listens-unbound", servers.visitedFile],
    deniedBy: OTHER,
    report: kind("system-call", "network"),
  },
];

/** One attempt of `sockets.c` that needs no address. */
const socket = (
  id: string,
  what: string,
  args: readonly string[],
  deniedBy: readonly Wall[],
  rest: Partial<Escape> = {},
): Escape => ({
  id,
  what,
  program: "sockets",
  args: () => args,
  deniedBy,
  report: kind("system-call"),
  ...rest,
});

const RAW: readonly Escape[] = [
  socket("raw", "raw packets", ["echo", "raw"], ["system-calls", "every"], { bare: "root" }),
  socket(
    "packet",
    "every packet of an interface",
    ["family", "17", "3", "0"],
    ["system-calls", "every"],
    {
      bare: "root",
    },
  ),
  socket("vsock", "the host of a virtual machine", ["family", "40", "1", "0"], ["system-calls"], {
    mayLack: true,
  }),
  socket("alg", "cryptography in the kernel", ["family", "38", "5", "0"], ["system-calls"], {
    mayLack: true,
  }),
  socket("odd-families", "any other kind of socket", ["odd-families"], ["system-calls"], {
    mayLack: true,
  }),
  socket("interfaces", "the network of the machine", ["interfaces"], ["network"], {
    openUnder: {
      landlock: "programs ask for their interfaces at every start, and take no for a crash",
    },
    report: { none: "asking is allowed; what is shown is the room's own loopback, or nothing" },
  }),
  socket("netlink-uevent", "news of devices", ["netlink", "15"], ["system-calls"]),
  socket("netlink-audit", "the audit of the machine", ["netlink", "9"], ["system-calls", "every"], {
    bare: "root",
  }),
  socket("netlink-connector", "news of processes", ["netlink", "11"], ["system-calls"], {
    mayLack: true,
  }),
];

const LOCAL: Readonly<Record<LocalService, string>> = {
  docker: "the container engine, which is as good as root",
  "ssh-agent": "the agent that signs with SSH keys",
  bus: "the session bus",
  x11: "the X server",
  wayland: "the Wayland compositor",
  abstract: "a socket without a path",
};

const LOCAL_SOCKETS: readonly Escape[] = [
  ...Object.entries(LOCAL).map(([service, what]): Escape => ({
    id: `local-${service}`,
    what,
    program: "sockets",
    args: ({ servers, secret }) => [
      "local-stream",
      servers.sockets[service as LocalService],
      secret,
    ],
    deniedBy:
      service === "abstract"
        ? ["network", "landlock-scopes", "system-calls"]
        : ["mounts", "system-calls"],
    report: kind("unix-socket"),
  })),
  {
    id: "local-datagram",
    what: "a datagram socket of outside",
    program: "sockets",
    args: ({ accomplice }) => ["local-datagram", accomplice.datagrams],
    deniedBy: ["mounts", "system-calls"],
    report: either("unix-socket", "system-call"),
  },
  {
    id: "local-datagram-of-pair",
    what: "the same, from a socket that was never made alone",
    program: "sockets",
    args: ({ accomplice }) => ["local-datagram-of-pair", accomplice.datagrams],
    deniedBy: ["mounts", "system-calls"],
    report: kind("system-call"),
  },
  {
    id: "takes-descriptor",
    what: "an open file, handed over in the project by somebody outside",
    program: "sockets",
    args: ({ accomplice, secret }) => ["takes-descriptor", accomplice.socket, secret],
    deniedBy: ["system-calls"],
    report: kind("unix-socket"),
  },
  {
    id: "local-below-root",
    what: "the container engine, below the root of another process",
    program: "sockets",
    args: ({ accomplice, servers, secret }) => [
      "local-stream",
      join("/proc", String(accomplice.pid), "root", servers.sockets.docker),
      secret,
    ],
    deniedBy: ["mounts", "system-calls"],
    report: kind("unix-socket"),
  },
];

export const NETWORK: readonly Escape[] = [...INTERNET, ...RAW, ...LOCAL_SOCKETS];

/** Through io_uring, whose work no filter of system calls sees. */
export const RING_OPENS: Escape = {
  id: "ring-opens",
  what: "a secret, read through io_uring",
  program: "kernel",
  args: (world) => ["ring-opens", inHome(".ssh/id_ed25519")(world), world.secret],
  deniedBy: ["system-calls", "mounts", "landlock-files"],
  report: NOT_OFFERED,
  mayLack: true,
};
