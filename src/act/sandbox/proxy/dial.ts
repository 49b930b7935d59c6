import { addAbortListener, once } from "node:events";
import { lookup as systemLookup } from "node:dns";
import { request as httpRequest } from "node:http";
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { Failure, messageOf } from "../../../model/failure.ts";
import { proxyFor, type ProxyRules } from "../../../platform/proxy.ts";
import type { DownloadHost } from "../hosts.ts";
import { ADDRESS_SCOPES, scopeOf, type AddressScope } from "./address.ts";
import { throughSocks, type ProxyName } from "./socks.ts";
import { printTarget, type Target } from "./target.ts";

export interface DialRules {
  /** The person's own proxy, which then resolves names in our stead. */
  readonly upstream: ProxyRules;
  readonly lookup: LookupFunction;
  /** Gives up connections that are being made. */
  readonly signal: AbortSignal;
}

/** A connection, and whether what speaks at its other end is the person's own proxy. */
export interface Line {
  readonly socket: Socket;
  readonly proxy: URL | undefined;
}

const CONNECT_TIMEOUT_MS = 15_000;

/** Resolves as every other program of this machine does, /etc/hosts included. */
export const resolveName: LookupFunction = (host, options, done) => {
  systemLookup(host, options, done);
};

/**
 * Connects to where a rule lets a script go. The addresses a name resolves to are looked at here and
 * connected to here, so that a second answer of the name server changes nothing.
 *
 * @throws Failure "unauthorized" when the name leads into a network it must not lead into,
 * "upstream-unavailable" or "timed-out" when there is no way
 */
export async function dialTunnel(
  target: Target,
  rule: DownloadHost,
  rules: DialRules,
): Promise<Socket> {
  const proxy = proxyFor(new URL(`https://${printTarget(target)}/`), rules.upstream);
  if (proxy === undefined) return dialDirectly(target, rule, rules);
  return throughUpstream(new URL(proxy), target, rules);
}

/** As {@link dialTunnel}, for a request in absolute form. */
export async function dialPlain(
  target: Target,
  rule: DownloadHost,
  rules: DialRules,
): Promise<Line> {
  const proxy = proxyFor(new URL(`http://${printTarget(target)}/`), rules.upstream);
  if (proxy === undefined) {
    return { socket: await dialDirectly(target, rule, rules), proxy: undefined };
  }
  const url = new URL(proxy);
  return speaksSocks(url)
    ? { socket: await throughUpstream(url, target, rules), proxy: undefined }
    : { socket: await dialProxy(url, rules), proxy: url };
}

/** Whose name the address of a proxy holds; undefined when it holds none. */
export function nameAt({ username, password }: URL): ProxyName | undefined {
  if (username === "" && password === "") return undefined;
  return { name: decoded(username), word: decoded(password) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** For `Proxy-Authorization`; undefined when the address of the proxy names nobody. */
export function authorizationFor(proxy: URL): string | undefined {
  const at = nameAt(proxy);
  return at && `Basic ${Buffer.from(`${at.name}:${at.word}`).toString("base64")}`;
}

function speaksSocks({ protocol }: URL): boolean {
  return protocol.startsWith("socks");
}

async function throughUpstream(proxy: URL, target: Target, rules: DialRules): Promise<Socket> {
  const socket = await dialProxy(proxy, rules);
  if (!speaksSocks(proxy)) return throughProxy(socket, proxy, target, rules.signal);
  const giveUp = (): void => void socket.destroy();
  const aborted = addAbortListener(rules.signal, giveUp);
  socket.setTimeout(CONNECT_TIMEOUT_MS, giveUp);
  try {
    return await throughSocks(socket, nameAt(proxy), target);
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    socket.setTimeout(0).off("timeout", giveUp);
    aborted[Symbol.dispose]();
  }
}

async function dialDirectly(target: Target, rule: DownloadHost, rules: DialRules): Promise<Socket> {
  const lookup = guarded(target, rule, rules.lookup);
  const where = { host: bareHost(target.host), port: target.port, lookup, autoSelectFamily: true };
  return opened(connectTcp(where), "connect", target, rules.signal);
}

async function dialProxy(proxy: URL, { signal }: DialRules): Promise<Socket> {
  const host = bareHost(proxy.hostname);
  const usual = speaksSocks(proxy) ? 1080 : proxy.protocol === "https:" ? 443 : 80;
  const port = proxy.port === "" ? usual : Number(proxy.port);
  const place = { host: proxy.hostname, port };
  if (proxy.protocol !== "https:") {
    return opened(connectTcp({ host, port }), "connect", place, signal);
  }
  const named = isIP(host) === 0 ? { servername: host } : {};
  return opened(connectTls({ host, port, ...named }), "secureConnect", place, signal);
}

function bareHost(host: string): string {
  return host.replace(/^\[|\]$/g, "");
}

async function throughProxy(
  socket: Socket,
  proxy: URL,
  target: Target,
  signal: AbortSignal,
): Promise<Socket> {
  const place = printTarget(target);
  const authorization = authorizationFor(proxy);
  return new Promise((resolve, reject) => {
    const refuse = (why: string): void => {
      socket.destroy();
      reject(new Failure("upstream-unavailable", `Your proxy opens no way to ${place}: ${why}.`));
    };
    const request = httpRequest({
      method: "CONNECT",
      path: place,
      createConnection: () => socket,
      timeout: CONNECT_TIMEOUT_MS,
      headers: {
        host: place,
        ...(authorization === undefined ? {} : { "proxy-authorization": authorization }),
      },
    });
    request.on("connect", (answer, _socket, head) => {
      if (answer.statusCode !== 200) return refuse(`it answers ${String(answer.statusCode)}`);
      socket.setTimeout(0);
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    const aborted = addAbortListener(signal, () => refuse("given up"));
    request.on("close", () => aborted[Symbol.dispose]());
    request.on("response", (answer) => refuse(`it answers ${String(answer.statusCode)}`));
    request.on("timeout", () => refuse("it does not answer"));
    request.on("error", (error) => refuse(error.message));
    request.end();
  });
}

async function opened(
  socket: Socket,
  event: "connect" | "secureConnect",
  target: Pick<Target, "host" | "port">,
  signal: AbortSignal,
): Promise<Socket> {
  const place = printTarget(target);
  // Whoever reads or writes it learns of it; until somebody does, the far end may hang up unheard.
  socket.on("error", () => socket.destroy());
  const giveUp = (why: Failure): void => void socket.destroy(why);
  const timer = setTimeout(
    () => giveUp(new Failure("timed-out", `${place} does not answer.`)),
    CONNECT_TIMEOUT_MS,
  );
  const aborted = addAbortListener(signal, () => giveUp(new Failure("cancelled", "Given up.")));
  try {
    await once(socket, event);
    return socket;
  } catch (error) {
    socket.destroy();
    if (error instanceof Failure) throw error;
    const sentence = `${place} cannot be reached: ${messageOf(error)}.`;
    throw new Failure("upstream-unavailable", sentence, {}, error);
  } finally {
    clearTimeout(timer);
    aborted[Symbol.dispose]();
  }
}

/** Hands on only the addresses of a name that the rule allows; none left is an answer of its own. */
function guarded(target: Target, rule: DownloadHost, lookup: LookupFunction): LookupFunction {
  return (host, options, done) => {
    lookup(host, { ...options, all: true }, (error, found) => {
      if (error !== null) return done(error, []);
      const addresses = typeof found === "string" ? [] : found;
      const reachable = addresses.filter(
        ({ address }) => depth(scopeOf(address)) <= depth(rule.reaches),
      );
      if (reachable.length > 0) return done(null, reachable);
      done(
        new Failure(
          "unauthorized",
          `Veln refused the way to ${printTarget(target)}: the name leads to an address inside your own network or machine.`,
        ),
        [],
      );
    });
  };
}

function depth(scope: AddressScope): number {
  return ADDRESS_SCOPES.indexOf(scope);
}
