/**
 * A registry's base URL in its one form, which ends in a slash; undefined for what is none:
 * another scheme than http and https, or one with credentials, a query or a fragment.
 */
export function registryUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isPlain =
    url.username === "" && url.password === "" && url.search === "" && url.hash === "";
  if (!isPlain || (url.protocol !== "https:" && url.protocol !== "http:")) return undefined;
  return `${url.origin}${url.pathname.replace(/\/$/, "")}/`;
}
