/** Kinds of places where secrets are kept, by path; for people, and for policy. */
interface CredentialPlace {
  readonly kind: string;
  readonly path: RegExp;
}

const PLACES: readonly CredentialPlace[] = [
  place("npm token", /(?:^|[/\\])\.(?:npmrc|yarnrc(?:\.yml)?)$/),
  place("PyPI token", /(?:^|[/\\])\.pypirc$/),
  place("gem credentials", /[/\\]\.gem[/\\]credentials$/),
  place("cargo token", /[/\\]\.cargo[/\\]credentials/),
  place("SSH key", /(?:^|[/\\~…])\.ssh(?:[/\\]|$)|(?:^|[/\\])id_(?:rsa|ed25519|ecdsa|dsa)$/),
  place("cloud credentials", /[/\\]\.aws(?:[/\\](?:credentials|config|sso)|$)|[/\\]\.azure(?:[/\\]|$)|[/\\](?:\.config[/\\])?gcloud(?:[/\\]|$)|application_default_credentials\.json$|[/\\]\.oci[/\\]|[/\\]\.aliyun[/\\]/),
  place("cluster credentials", /[/\\]\.kube(?:[/\\]config)?$|\/var\/run\/secrets\/|[/\\]\.vault-token$/),
  place("container registry login", /[/\\]\.docker[/\\]config\.json$/),
  place("git credentials", /(?:^|[/\\])\.git-credentials$|[/\\]gh[/\\]hosts\.yml$|(?:^|[/\\])\.netrc$|[/\\]\.config[/\\]git[/\\]credentials$/),
  place("shell history", /(?:^|[/\\])\.(?:bash|zsh|sh|node_repl|psql|mysql|python)_history$/),
  place("system accounts", /^\/etc\/(?:shadow|passwd|sudoers)/),
  place("memory of processes", /^\/proc\/(?:(?:…|\d+)\/(?:mem|maps|environ)|self\/(?:mem|environ))$/),
  place("password store", /[/\\](?:\.password-store|1Password|Bitwarden|KeePass\w*|\.gnupg|Keychains)(?:[/\\]|$)|\.kdbx$/i),
  place("AI tool credentials", /[/\\]\.(?:claude|codex|gemini|cursor|continue)(?:[/\\](?:\.credentials|auth|credentials|mcp|config)[\w.-]*|\.json)|[/\\]\.claude\.json$/),
  place("chat token", /[/\\]discord(?:canary|ptb)?[/\\]Local Storage[/\\]leveldb/i),
  place("terraform credentials", /[/\\]\.terraform\.d[/\\]credentials|\.tfstate$/),
]; // prettier-ignore

/** A word of each of the places: most texts have none. */
const MAYBE_CREDENTIAL =
  /rc$|rc\.yml|cred|ssh|id_|\.aws|azure|gcloud|\.oci|aliyun|kube|secrets|vault|docker|hosts\.yml|history|^\/etc|proc\/|password|1Password|Bitwarden|KeePass|gnupg|Keychain|kdbx|claude|codex|gemini|cursor|continue|terraform|tfstate|discord/i;

const BROWSER_PROFILE =
  /[/\\](?:Google[/\\]Chrome|google-chrome|Chromium|BraveSoftware|Brave-Browser|Microsoft[/\\]Edge|Opera Software|Vivaldi|Yandex|\.mozilla[/\\]firefox|Firefox[/\\]Profiles)(?:[/\\ ]|$)|[/\\](?:Login Data|Cookies|Web Data|logins\.json|key4\.db|cookies\.sqlite|Local Extension Settings)$/i;
const WALLET =
  /[/\\](?:Exodus|Electrum|Atomic|Coinomi|Ledger Live|Trezor Suite|\.bitcoin|\.ethereum|Ethereum[/\\]keystore|\.config[/\\]solana|Zcash|Armory|MultiBit)(?:[/\\]|$)|[/\\](?:wallet\.dat|id\.json)$|nkbihfbeogaeaoehlefnkodbefgpgknn|bfnaelmomeimhlpmgjnjophhpkkoljpa/i;

/** Where the browser itself is installed. */
const PROGRAM = /Program Files|[/\\]Applications?[/\\]|\.exe$|\.app[/\\]|[/\\]bin[/\\]/;

function place(kind: string, path: RegExp): CredentialPlace {
  return { kind, path };
}

/** What a path keeps, when it keeps secrets. */
export function credentialAt(path: string): string | undefined {
  if (path.length > 400 || !MAYBE_CREDENTIAL.test(path) || path.includes("\n")) return undefined;
  return PLACES.find((item) => item.path.test(path))?.kind;
}

export function isBrowserProfile(path: string): boolean {
  return path.length < 400 && BROWSER_PROFILE.test(path) && !PROGRAM.test(path);
}

export function isWalletPath(path: string): boolean {
  return path.length < 400 && WALLET.test(path);
}

const SECRET_VARIABLE =
  /(?:^|_)(?:TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|PRIVATE_KEY|API_?KEY|ACCESS_KEY(?:_ID)?|CREDENTIALS?|MNEMONIC|AUTH|PAT)(?:_|$)|^(?:npm_config__?auth|AWS_SECRET|GITHUB_TOKEN|NPM_TOKEN)/i;

/** Whether a variable of the environment is named as secrets are. */
export function isSecretVariable(name: string): boolean {
  return SECRET_VARIABLE.test(name);
}

const PERSISTENT: readonly CredentialPlace[] = [
  place("shell profile", /(?:^|[/\\])\.(?:bashrc|bash_profile|bash_login|zshrc|zprofile|zshenv|zlogin|profile|kshrc|config[/\\]fish[/\\].*)$|^\/etc\/(?:profile|bash\.bashrc|environment)/),
  place("cron", /^\/etc\/cron|^\/var\/spool\/cron|[/\\]crontab$/),
  place("systemd unit", /(?:systemd[/\\](?:system|user)|[/\\]\.config[/\\]systemd)(?:[/\\]|$)|\.service$/),
  place("launch agent", /[/\\](?:LaunchAgents|LaunchDaemons)(?:[/\\]|$)/),
  place("autostart", /[/\\]\.config[/\\]autostart|[/\\]Start Menu[/\\]Programs[/\\]Startup|\/etc\/init\.d\/|\/etc\/rc\.local|CurrentVersion[/\\]+Run/i),
  place("git hook", /(?:^|[/\\])\.git[/\\]hooks(?:[/\\]|$)/),
  place("CI workflow", /(?:^|[/\\])\.github[/\\]workflows(?:[/\\]|$)|(?:^|[/\\])\.gitlab-ci\.yml$/),
  place("editor task", /(?:^|[/\\])\.vscode[/\\](?:tasks|settings|launch|extensions)\.json$|(?:^|[/\\])\.idea[/\\]/),
  place("AI agent configuration", /(?:^|[/\\])(?:\.claude(?:[/\\](?:settings[\w.]*\.json|commands|hooks|agents|skills|CLAUDE\.md|mcp[\w.]*\.json)|\.json)|\.cursor[/\\](?:mcp\.json|rules|hooks\.json)|\.cursorrules|CLAUDE\.md|AGENTS\.md|\.gemini[/\\]|\.codex[/\\]|\.mcp\.json|mcp\.json|mcp_config\.json|claude_desktop_config\.json|\.windsurf(?:rules|[/\\])|copilot-instructions\.md|\.continue[/\\])/),
  place("SSH access", /[/\\]\.ssh[/\\](?:authorized_keys|config)$/),
]; // prettier-ignore

/** What starts things from a path, when something does. */
export function persistenceAt(path: string): string | undefined {
  if (path.includes("\n") || path.length > 400) return undefined;
  return PERSISTENT.find((item) => item.path.test(path))?.kind;
}

const CREDENTIAL_COMMAND =
  /\b(?:gh\s+auth\s+(?:token|status)|gcloud\s+auth\s+print-(?:access|identity)-token|npm\s+token\s+(?:list|create)|npm\s+config\s+get\s+\S*_auth\w*|aws\s+(?:configure\s+(?:get|export-credentials)|sts\s+get-session-token)|az\s+account\s+get-access-token|security\s+(?:find-generic-password|dump-keychain)|kubectl\s+get\s+secrets?|printenv|docker-credential-\w+\s+get|cmdkey\s+\/list|secret-tool\s+(?:search|lookup))\b/;

/** Whether a command line prints secrets, or a file that keeps them. */
export function printsCredentials(command: string): boolean {
  const text = command.slice(0, 2_000);
  if (CREDENTIAL_COMMAND.test(text)) return true;
  return /\b(?:cat|type|less|head|base64)\s/.test(text)
    ? text.split(/[\s"']+/).some((word) => credentialAt(word) !== undefined)
    : false;
}
