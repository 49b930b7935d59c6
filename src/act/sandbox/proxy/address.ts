import { BlockList, isIPv4, isIPv6 } from "node:net";

/**
 * What stands behind an address, from the outside in. "private": a network of an organisation's own.
 * "inner": this machine, its link, the metadata services of clouds and everything else that no
 * download comes from.
 */
export const ADDRESS_SCOPES = ["public", "private", "inner"] as const;
export type AddressScope = (typeof ADDRESS_SCOPES)[number];

/** The special-purpose registries of IANA (RFC 6890 and its updates), IPv4. */
const INNER = blockList([
  ["0.0.0.0", 8],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
  // Metadata services that live among private or public addresses: Alibaba Cloud and Azure.
  ["100.100.100.200", 32],
  ["168.63.129.16", 32],
]);

const PRIVATE = blockList([
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
]);

/** The metadata service of AWS among the unique local addresses of IPv6. */
const AWS_METADATA = "fd00:ec2:0:0:0:0:0:254";

/** Anything that is no address is "inner": what cannot be read is not reached. */
export function scopeOf(address: string): AddressScope {
  if (isIPv4(address)) return scopeOfIpv4(address);
  const bare = address.replace(/^\[|\]$|%.*$/g, "");
  return isIPv6(bare) ? scopeOfIpv6(groupsOf(bare)) : "inner";
}

function scopeOfIpv4(address: string): AddressScope {
  if (INNER.check(address)) return "inner";
  return PRIVATE.check(address) ? "private" : "public";
}

function scopeOfIpv6(groups: readonly number[]): AddressScope {
  const [first = 0, second = 0] = groups;
  const embedded = embeddedIpv4(groups);
  if (embedded !== undefined) return scopeOfIpv4(embedded);
  if (hexOf(groups) === AWS_METADATA) return "inner";
  // Unique local addresses (RFC 4193).
  if ((first & 0xfe00) === 0xfc00) return "private";
  // Only 2000::/3 is handed out (RFC 4291); of it, protocol assignments, documentation and 6to4 are not.
  if ((first & 0xe000) !== 0x2000) return "inner";
  const isAssigned = first === 0x2001 && second < 0x0200;
  const isDocumentation = (first === 0x2001 && second === 0x0db8) || first === 0x3fff;
  return isAssigned || isDocumentation || first === 0x2002 ? "inner" : "public";
}

/** IPv4-mapped (RFC 4291) and translated by NAT64 (RFC 6052): the IPv4 address is what is reached. */
function embeddedIpv4(groups: readonly number[]): string | undefined {
  const prefix = hexOf(groups.slice(0, 6));
  if (prefix !== "0:0:0:0:0:ffff" && prefix !== "64:ff9b:0:0:0:0") return undefined;
  return groups
    .slice(6)
    .flatMap((group) => [group >> 8, group & 0xff])
    .join(".");
}

/** The eight groups of an IPv6 address; the URL parser has turned a dotted end into groups. */
function groupsOf(address: string): readonly number[] {
  const plain = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [head = "", tail] = plain.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const missing = Array<string>(8 - before.length - after.length).fill("0");
  return [...before, ...missing, ...after].map((group) => Number.parseInt(group, 16));
}

function hexOf(groups: readonly number[]): string {
  return groups.map((group) => group.toString(16)).join(":");
}

function blockList(subnets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of subnets) list.addSubnet(network, prefix);
  return list;
}
