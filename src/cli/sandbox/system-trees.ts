import type { TreeList } from "./trees.ts";

/** Where a system keeps its programs and what they are made of. Nobody's credentials lie there. */
export const SYSTEM_PROGRAMS: readonly string[] = [
  ...["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"],
  ...["/nix/store", "/snap/bin"],
];

/**
 * Of `/etc`, what programs need to find their libraries, names, certificates and the time. Not there:
 * password hashes, keys, and whatever services keep beside them.
 */
const SETTINGS: readonly string[] = [
  ...["ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives"],
  ...["passwd", "group", "nsswitch.conf"],
  ...["hosts", "host.conf", "resolv.conf", "gai.conf", "protocols", "services"],
  ...["localtime", "timezone", "locale.alias", "locale.conf"],
  ...["ssl/certs", "ssl/openssl.cnf", "ssl/cert.pem", "ca-certificates", "ca-certificates.conf"],
  ...["pki/tls/certs", "pki/tls/cert.pem", "pki/tls/openssl.cnf", "pki/ca-trust/extracted"],
  ...["crypto-policies", "fonts", "terminfo", "mime.types", "magic"],
  ...["os-release", "lsb-release", "debian_version", "redhat-release", "alpine-release"],
];

/**
 * How many processors there are, and how much memory a container may take: every Node asks. How large a
 * large page is: every Go program does.
 */
const HARDWARE: readonly string[] = [
  "/sys/devices/system/cpu",
  "/sys/fs/cgroup",
  "/sys/kernel/mm/transparent_hugepage",
];

export function addSystem(trees: TreeList): void {
  trees.read(...SYSTEM_PROGRAMS, ...SETTINGS.map((path) => `/etc/${path}`), ...HARDWARE);
}
