import { isIPv4 } from "node:net";

/** Where a client wants to go. */
export interface Target {
  /** Lower case, without a dot at its end; an address as URLs write it, so IPv6 in brackets. */
  readonly host: string;
  readonly port: number;
  readonly isAddress: boolean;
}

const AUTHORITY = /^(\[[\da-f:.]{2,45}\]|[a-z\d._-]{1,253}):(\d{1,5})$/i;

/**
 * The target of a CONNECT (RFC 9112, section 3.2.3). The URL parser reads every spelling of an address
 * (decimal, octal, shortened) as the one address that a connection would be made to.
 */
export function parseAuthority(text: string): Target | undefined {
  const [, name = "", digits = ""] = AUTHORITY.exec(text) ?? [];
  const port = Number(digits);
  const url = `http://${name}/`;
  if (port < 1 || port > 65_535 || !URL.canParse(url)) return undefined;
  return targetOf(new URL(url).hostname, port);
}

/** The target of a request in absolute form (RFC 9112, section 3.2.2), which is plain HTTP. */
export function parseAbsoluteForm(text: string): Target | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "http:" || url.username !== "" || url.password !== "") return undefined;
  return targetOf(url.hostname, url.port === "" ? 80 : Number(url.port));
}

function targetOf(hostname: string, port: number): Target {
  const host = hostname.toLowerCase().replace(/\.$/, "");
  return { host, port, isAddress: host.startsWith("[") || isIPv4(host) };
}

/** `host:port` */
export function printTarget({ host, port }: Pick<Target, "host" | "port">): string {
  return `${host}:${String(port)}`;
}
