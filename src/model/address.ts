/**
 * How addresses of repositories, workflows and refs are compared: whole, never by a part. Whoever
 * may choose a part (an owner's name, a tag) must not be able to make it read like another one.
 */

/**
 * Hosts are the same in any case (RFC 3986, 6.2.2.1), and so are owner and repository on
 * github.com. Only ASCII letters are folded: other alphabets hold letters that fold into these.
 */
export function foldedAddress(address: string): string {
  const [scheme = "", gap, host, ...path] = address.split("/");
  if (gap !== "" || host === undefined) return address;
  const folded = [lowerCase(scheme), "", lowerCase(host)];
  const named = lowerCase(host) === "github.com" ? 2 : 0;
  return [...folded, ...path.map((part, index) => (index < named ? lowerCase(part) : part))].join(
    "/",
  );
}

function lowerCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** The address of what a repository belongs to: everything but its last segment. */
export function ownerOf(repository: string): string {
  return repository.slice(0, Math.max(0, repository.lastIndexOf("/")));
}

/**
 * Anchored at both ends. `*` stands for one or more characters within one segment, of which it may
 * be a part (`refs/tags/v*`); a segment holds at most one.
 */
export function matchesPattern(pattern: string, text: string): boolean {
  const wanted = pattern.split("/");
  const found = text.split("/");
  return (
    wanted.length === found.length &&
    wanted.every((segment, index) => matchesSegment(segment, found[index] ?? ""))
  );
}

function matchesSegment(pattern: string, segment: string): boolean {
  const star = pattern.indexOf("*");
  if (star === -1) return pattern === segment;
  const [before, after] = [pattern.slice(0, star), pattern.slice(star + 1)];
  return segment.length >= pattern.length && segment.startsWith(before) && segment.endsWith(after);
}
