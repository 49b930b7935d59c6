/** What a command line does that no build needs: shell, PowerShell and cmd alike. */
export interface CommandReading {
  readonly kind:
    | "downloads-and-runs"
    | "sends-secrets"
    | "opens-shell"
    | "runs-encoded"
    | "destroys"
    | "mines"
    | "loads-library";
  readonly what: string;
}

const LENGTH_MAX = 8_000;

const DOWNLOADS =
  /\b(?:curl|wget|fetch|iwr|irm|Invoke-WebRequest|Invoke-RestMethod|DownloadString|DownloadFile|bitsadmin|certutil(?:\.exe)?\s+-urlcache|Start-BitsTransfer)\b/i;
const PIPED_TO_SHELL =
  /\|\s*(?:sudo\s+|env\s+)*(?:\/\S*\/)?(?:ba|z|da|k)?sh\b|\|\s*(?:sudo\s+)?(?:node|python3?|perl|ruby|php|bun|iex|Invoke-Expression)\b/i;
const EVALUATED =
  /\b(?:iex|Invoke-Expression|eval)\b[^\n]{0,200}\b(?:iwr|irm|curl|wget|DownloadString)\b|\b(?:ba|z)?sh\s+(?:-c\s+["']?\$\(|<\()\s*(?:curl|wget)\b|\b(?:eval|source|\.)\s+["']?(?:\$\(|<\()\s*(?:curl|wget)\b/i;
const SAVED_AND_RUN =
  /\b(?:curl|wget|iwr|Invoke-WebRequest|DownloadFile|certutil|bitsadmin)\b[^\n]{0,400}(?:&&|;|\n)\s*(?:chmod\s+(?:\+x|\d*[75]\d*)|Start-Process|start\s+\/b|nohup)/i;
/** In Python's words. */
const FETCHED_AND_RUN =
  /\b(?:exec|eval)\s*\([^\n]{0,200}\b(?:urlopen|requests\.(?:get|post)|httpx\.get)\s*\(/;
const SENDS =
  /\b(?:curl|wget|Invoke-WebRequest|Invoke-RestMethod|nc)\b[^\n]{0,300}(?:\$\((?:env|printenv|cat\s+\S*(?:\.npmrc|\.ssh|\.aws|\.env|\.netrc|id_rsa|credentials)|hostname|whoami|id)\b|`(?:env|printenv|hostname|whoami|id)\b|@?(?:~|\$HOME|\$\{HOME\})\/\.(?:npmrc|ssh|aws|netrc|docker|kube|config)|\$\{?(?:NPM_TOKEN|GITHUB_TOKEN|AWS_SECRET\w*))/i;
const PACKS_SECRETS =
  /\b(?:tar|zip|7z|cp|cat|gpg)\b[^\n]{0,200}(?:\.ssh|\.aws|\.npmrc|\.netrc|\.gnupg|\.kube|\.docker\/config|\.git-credentials|gcloud)\b[^\n]{0,200}\b(?:curl|wget|scp|rsync|nc)\b[^\n]{0,80}\s(?:-[FTd]|--(?:form|upload-file|data\S*|post-file)|\S+:)/;
/** The name that is asked for is what a command prints. */
const ASKS_NAME =
  /\b(?:ping|nslookup|dig|host|drill|getent)\b[^\n]{0,80}(?:\$\(|`)\s*(?:whoami|hostname|id|env|printenv|uname|cat|pwd)\b[^\n]{0,200}\.[a-z]/i;
/** Options and names of programs that mine coins. */
const MINES =
  /\bstratum\+(?:tcp|ssl):\/\/|\s--donate-level\b|\b(?:xmrig|xmr-stak|cpuminer|minerd|ccminer|nbminer|t-rex)(?:\.exe)?(?=\s+-|$)/i;
const PIPES_SECRETS =
  /\b(?:env|printenv|cat\s+\S*(?:\.npmrc|\.ssh\/\S+|\.aws\/\S+|\.netrc|id_rsa))\b[^\n|]{0,100}\|[^\n]{0,200}\b(?:curl|wget|nc)\b/i;
const REVERSE_SHELL =
  /\/dev\/(?:tcp|udp)\/|\bnc(?:at)?\b[^\n]{0,60}\s-[a-z]*e\b|\b(?:ba|z)?sh\s+-i\b[^\n]{0,40}>&|\bmkfifo\b[^\n]{0,200}\bnc\b|socket\.socket[^\n]{0,300}(?:dup2|pty\.spawn)|\bsocat\b[^\n]{0,100}\bexec:/i;
const ENCODED =
  /\b(?:powershell|pwsh)(?:\.exe)?\b[^\n]{0,200}\s-e(?:nc?|ncodedcommand|c)?\s+[A-Za-z\d+/=]{24,}|\bbase64\s+(?:-d|-D|--decode)\b[^\n]{0,100}\|\s*(?:ba|z|da)?sh\b|\|\s*xxd\s+-r[^\n]{0,40}\|\s*(?:ba)?sh\b|FromBase64String[^\n]{0,200}(?:iex|Invoke-Expression)/i;
const DESTROYS =
  /\brm\s+-(?=[a-z]*r)(?=[a-z]*f)[a-z]+\s+(?:--no-preserve-root\s+)?["']?(?:\/(?:\s|\*|"|'|$)|~(?:\/?\*?)(?:\s|"|'|$)|\$\{?HOME\}?(?:\/?\*?)(?:\s|"|'|$)|\/(?:home|Users|etc|usr|var)(?:\/?\*?)(?:\s|"|$))|\b(?:shred|wipe)\s+-[a-z]*[uzn][^\n]{0,60}(?:~|\$HOME)|\bdel\s+\/[fsq]\b[^\n]{0,40}(?:%USERPROFILE%|C:\\(?:\*|Users))|\bcipher\s+\/w:|\brd\s+\/s\s+\/q\s+(?:C:\\|%USERPROFILE%)|\bmkfs\.|\bdd\s+if=\/dev\/(?:zero|urandom)\s+of=\/dev\/(?:sd|nvme|hd)/i;

/** Windows' own loaders, except where they open an address or a dialogue. */
const LOADS_LIBRARY =
  /\b(?:rundll32|regsvr32|mshta)(?:\.exe)?\s+(?!(?:…\s+){0,3}\S*(?:url|shell32|printui|user32|powrprof|keymgr)\.dll)\S/i;

/** The readings of a text that a shell runs; the worst first. */
export function readingsOfCommand(text: string): readonly CommandReading[] {
  const line = text.slice(0, LENGTH_MAX);
  const readings: readonly (readonly [CommandReading["kind"], string, boolean])[] = [
    ["destroys", "deletes what is not its own", DESTROYS.test(line)],
    ["opens-shell", "opens a shell to somebody else", REVERSE_SHELL.test(line)],
    [
      "sends-secrets",
      "sends secrets or the environment away",
      [SENDS, PIPES_SECRETS, PACKS_SECRETS, ASKS_NAME].some((pattern) => pattern.test(line)),
    ],
    ["mines", "mines coins for somebody", MINES.test(line)],
    ["runs-encoded", "runs a command that is encoded", ENCODED.test(line)],
    ["downloads-and-runs", "runs what it downloads", downloadsAndRuns(line)],
    ["loads-library", "has the system load a library", LOADS_LIBRARY.test(line)],
  ];
  return readings.flatMap(([kind, what, holds]) => (holds ? [{ kind, what }] : []));
}

function downloadsAndRuns(line: string): boolean {
  if (FETCHED_AND_RUN.test(line)) return true;
  if (!DOWNLOADS.test(line)) return false;
  const piped = line
    .split(/&&|;|\n/)
    .some((part) => DOWNLOADS.test(part) && PIPED_TO_SHELL.test(part));
  return piped || EVALUATED.test(line) || SAVED_AND_RUN.test(line);
}

const AI_TOOL =
  /\b(?:claude|gemini|codex|q|cursor-agent|copilot|qwen|opencode|amp)\b[^\n]{0,300}(?:--dangerously-skip-permissions|--yolo|--trust-all-tools|--dangerously-bypass\S*|--allow-all-tools|--force)\b/;

/** Starts a person's AI tool with its questions switched off. */
export function drivesAiTool(command: string): boolean {
  return AI_TOOL.test(command.slice(0, LENGTH_MAX));
}
