/** Which proxy stands between us and an address; a value that configuration is parsed into. */
export interface ProxyRules {
  readonly forHttps: string | undefined;
  readonly forHttp: string | undefined;
  /** Domains that are reached directly: "example.com" covers itself and everything below it. */
  readonly except: readonly string[];
}

export const NO_PROXY: ProxyRules = { forHttps: undefined, forHttp: undefined, except: [] };

export function proxyFor(url: URL, rules: ProxyRules): string | undefined {
  const proxy = url.protocol === "https:" ? rules.forHttps : rules.forHttp;
  if (proxy === undefined) return undefined;
  return rules.except.some((domain) => covers(domain, url.hostname)) ? undefined : proxy;
}

/** Compared label by label from the right, as npm does; no ports, no wildcards, no suffixes of labels. */
function covers(domain: string, hostname: string): boolean {
  const wanted = labels(domain);
  const given = labels(hostname);
  return wanted.length > 0 && wanted.every((label, index) => label === given[index]);
}

function labels(domain: string): readonly string[] {
  return domain.toLowerCase().split(".").filter(Boolean).reverse();
}
