/** Services that take whatever is sent to them and show it to whoever set them up. */
const COLLECTION =
  /(?:^|\.)(?:webhook\.site|pipedream\.net|requestbin\.(?:com|net)|beeceptor\.com|hookbin\.com|oast\.(?:fun|live|me|online|pro|site)|interact\.sh|interactsh\.com|burpcollaborator\.net|oastify\.com|dnslog\.cn|ceye\.io|canarytokens\.com|requestcatcher\.com|ngrok(?:-free)?\.(?:io|app|dev)|trycloudflare\.com|serveo\.net|localhost\.run|file\.io|transfer\.sh|0x0\.st)$/;
/** Paste services, where a second stage waits. */
const PASTE =
  /^(?:cdn\.discordapp\.com|media\.discordapp\.net|files\.catbox\.moe|gofile\.io|bashupload\.com|pastebin\.com|paste\.ee|rentry\.co|hastebin\.com|dpaste\.(?:com|org)|ghostbin\.\w+|controlc\.com|jsonkeeper\.com|api\.npoint\.io|mocki\.io|jsonbin\.io|pastecode\.io)$/;

export function isCollectionHost(host: string): boolean {
  return COLLECTION.test(host);
}

export function isPasteHost(host: string): boolean {
  return PASTE.test(host);
}

const PACKAGE_CDN =
  /^https:\/\/(?:unpkg\.com|cdn\.jsdelivr\.net|esm\.sh|esm\.run|cdnjs\.cloudflare\.com|cdn\.skypack\.dev|ga\.jspm\.io)\//;

/** An address below which all packages lie, and whose rest somebody else names. */
export function isOpenPackageAddress(address: string): boolean {
  return PACKAGE_CDN.test(address) && address.includes("…");
}

/** A chat service's address that a message can be posted to without being anybody's client. */
export function isChatHook(address: string): boolean {
  return /discord(?:app)?\.com\/api\/webhooks\/|api\.telegram\.org\/bot\d|hooks\.slack\.com\/services\/T/.test(
    address,
  );
}

const PRIVATE_ADDRESS =
  /^(?:0\.|10\.|127\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.|192\.168\.|192\.0\.2\.|255\.|22[4-9]\.|23\d\.)/;
/** Name servers that everybody asks. */
const KNOWN_RESOLVER =
  /^(?:1\.1\.1\.1|1\.0\.0\.1|8\.8\.8\.8|8\.8\.4\.4|9\.9\.9\.9|208\.67\.22[02]\.22[02])$/;

/** A public IPv4 address in the place of a name. */
export function isPublicAddress(host: string): boolean {
  if (!/^\d{1,3}(?:\.\d{1,3}){3}$/.test(host)) return false;
  return !PRIVATE_ADDRESS.test(host) && !KNOWN_RESOLVER.test(host);
}

export function isLocalHost(host: string): boolean {
  return /^(?:localhost|\[?::1\]?|0\.0\.0\.0|127\.\d+\.\d+\.\d+|host\.docker\.internal)$/.test(
    host,
  );
}

const COMMON_WORDS: ReadonlySet<string> = new Set([
  "token", "secret", "password", "passwd", "key", "api", "access", "auth", "private", "credentials", "credential",
  "env", "process", "the", "personal", "id", "pat", "user", "client", "app", "config", "home", "default",
]); // prettier-ignore

/** Whether a secret is named after the service that it is sent to: `GITHUB_TOKEN` to api.github.com. */
export function belongsTo(secret: string, host: string): boolean {
  const words = secret.toLowerCase().split(/[^a-z\d]+/);
  const isNamed = words.some(
    (word) => word.length >= 3 && !COMMON_WORDS.has(word) && host.includes(word),
  );
  return (
    isNamed ||
    (/npmrc|yarnrc/.test(secret) && /npm|yarn/.test(host)) ||
    (/gh_|github|\bgh\b/i.test(secret) && host.includes("github")) ||
    OWNERS.some(([names, domains]) => names.test(secret) && domains.test(host))
  );
}

/** Secrets whose service has a domain of another name. */
const OWNERS: readonly (readonly [secret: RegExp, host: RegExp])[] = [
  [/gcloud|google|application_default/i, /(?:^|\.)(?:googleapis|google)\.com$/],
  [/azure|\baz\b/i, /(?:^|\.)(?:microsoftonline|windows|microsoft|azure)\.(?:com|net)$/],
  [/claude/i, /(?:^|\.)anthropic\.com$/],
  [/codex/i, /(?:^|\.)(?:openai|chatgpt)\.com$/],
  [/gemini/i, /(?:^|\.)googleapis\.com$/],
];

/** Domains below which everybody can have a name. */
const SHARED_DOMAIN =
  /^(?:github\.io|githubusercontent\.com|gitlab\.io|pages\.dev|workers\.dev|vercel\.app|netlify\.app|herokuapp\.com|onrender\.com|railway\.app|fly\.dev|glitch\.me|repl\.co|surge\.sh|web\.app|firebaseapp\.com|firebaseio\.com|amazonaws\.com|cloudfront\.net|azurewebsites\.net|windows\.net|appspot\.com|run\.app|supabase\.co|blogspot\.com|wordpress\.com|000webhostapp\.com|duckdns\.org|ngrok\.io)$/;

/** The domain that all hosts of one owner share; undefined where it is nobody's in particular. */
export function ownersDomainOf(host: string): string | undefined {
  const labels = host.split(".");
  const [second = "", top = ""] = labels.slice(-2);
  const isPublic = top.length === 2 && /^(?:com?|net|org|gov|edu|ac)$/.test(second);
  const domain = labels.slice(isPublic ? -3 : -2).join(".");
  const isOwned = labels.length > 2 && !/^[\d.]+$/.test(host) && !SHARED_DOMAIN.test(domain);
  return isOwned ? domain : undefined;
}

const METADATA =
  /\/\/(?:169\.254\.169\.254|169\.254\.170\.2|metadata\.google\.internal|100\.100\.100\.200)\b/;

/** Where a cloud hands a machine the keys of its role. */
export function isMetadata(address: string): boolean {
  return METADATA.test(address) && /credential|token|identity/i.test(address);
}
