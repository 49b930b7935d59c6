import type { ConstantKind } from "../../model/package-diff.ts";

const CONSTANT_LENGTH_MAX = 2_000;
const WORD = /^[@\w$][\w$./:@-]{0,63}$/;

const ADDRESS = /^(?:[a-z][a-z\d+.-]{1,12}:)?\/\/([^\s/?#\\"'`<>{}]{3,253})/i;
const BARE_HOST = /^(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+([a-z]{2,24})(?::\d{1,5})?(?:\/\S*)?$/i;
const IPV4 = /^(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?(?:\/\S*)?$/;
/** Endings that a bare word shares with file names and with members of objects. */
const HOST_ENDINGS: ReadonlySet<string> = new Set([
  "com", "net", "org", "io", "dev", "app", "xyz", "ru", "cn", "top", "site", "online", "cloud", "info",
  "biz", "co", "me", "to", "cc", "club", "live", "fun", "space", "tech", "store", "link", "click", "invalid",
  "eth", "onion", "pw", "tk", "gq", "ml", "cf", "ga", "su", "uk", "de", "eu", "fr", "nl", "us",
]); // prettier-ignore

const MACHINE_PATH =
  /^(?:~[/\\]|\/(?:etc|proc|sys|dev|var|tmp|usr|home|root|opt|bin|Users|Library|Applications)(?:\/|$)|[A-Za-z]:\\|%(?:APPDATA|LOCALAPPDATA|USERPROFILE|TEMP|ProgramData)%|\\\\|HKEY_)/;
const DOT_PATH =
  /(?:^|[/\\])\.(?:npmrc|yarnrc|ssh|aws|azure|kube|docker|netrc|pypirc|git-credentials|gnupg|bashrc|bash_profile|zshrc|profile|bash_history|zsh_history|config|claude|cursor|gemini|codex|vscode|github|git|mozilla|electrum|bitcoin|ethereum|env)(?:$|[/\\.])/;
const PROGRAM =
  /^(?:\/(?:usr\/)?s?bin\/)?(?:sh|bash|zsh|cmd(?:\.exe)?|powershell(?:\.exe)?|pwsh|curl|wget|node|npm|npx|bun|bunx|deno|python3?|perl|ruby|osascript|launchctl|systemctl|crontab|schtasks|reg|certutil|bitsadmin|rundll32|regsvr32|mshta|wscript|cscript|chmod|rm|cp|mv|tar|unzip|ssh|scp|nc|ncat|git|gh|aws|gcloud|az|kubectl|docker|sudo|taskkill|whoami|hostname|uname|cat|echo|nohup)\s+\S/;

/** What a text names, when it names something of the world outside. */
export function constantIn(
  text: string,
): { readonly kind: ConstantKind; readonly text: string } | undefined {
  if (text.length < 4 || text.length > CONSTANT_LENGTH_MAX) return undefined;
  const host = hostIn(text);
  if (host !== undefined) return { kind: "host", text: host };
  if (PROGRAM.test(text) && !/[.!?]$/.test(text)) return { kind: "command", text };
  if (!/\s{2}|\n/.test(text) && (MACHINE_PATH.test(text) || DOT_PATH.test(text))) {
    return { kind: "path", text };
  }
  return undefined;
}

function hostIn(text: string): string | undefined {
  const address = ADDRESS.exec(text)?.[1];
  if (address !== undefined) return hostOnly(address);
  if (IPV4.test(text)) return hostOnly(text);
  const ending = BARE_HOST.exec(text)?.[1];
  const known = ending !== undefined && HOST_ENDINGS.has(ending.toLowerCase());
  return known ? hostOnly(text) : undefined;
}

function hostOnly(authority: string): string | undefined {
  const [start = ""] = authority.split("/");
  const host = start.replace(/^.*@/, "").replace(/:\d+$/, "").toLowerCase();
  return /[a-z\d]/.test(host) ? host : undefined;
}

/**
 * A text in the normal form: names stay as they are, because they say what is called; prose is all
 * alike, so that a reworded message is no change; hosts, commands and paths are kept apart.
 */
export function textToken(text: string): string {
  const constant = constantIn(text);
  if (constant !== undefined) return `${constant.kind}:${constant.text}`;
  return WORD.test(text) ? `'${text}` : text === "" ? "''" : "'…";
}
