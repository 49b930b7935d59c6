import { SHELLS, type Stage } from "../../parse/command-line.ts";

const DOWNLOADERS: ReadonlySet<string> = new Set([
  "curl", "wget", "wget2", "aria2c", "axel", "fetch", "ftp", "tftp", "sftp", "scp", "rsync", "lynx",
  "invoke-webrequest", "iwr", "invoke-restmethod", "irm", "start-bitstransfer", "bitsadmin", "certutil",
  "lwp-download", "xh", "httpie", "http", "https", "gsutil", "aws", "ipfs",
]); // prettier-ignore
const INTERPRETERS: ReadonlySet<string> = new Set([
  "node", "nodejs", "bun", "deno", "tsx", "ts-node", "python", "python2", "python3", "perl", "ruby", "php",
  "lua", "tclsh", "osascript", "pythonw", "jsc", "qjs",
]); // prettier-ignore
/** Run text that they are given, in the shell that is already there. */
const EVALUATORS: ReadonlySet<string> = new Set([
  "eval",
  "source",
  ".",
  "iex",
  "invoke-expression",
]);
const DECODERS: ReadonlySet<string> = new Set([
  "base64",
  "base32",
  "xxd",
  "openssl",
  "uudecode",
  "gpg",
]);
const CONNECTORS: ReadonlySet<string> = new Set(["nc", "ncat", "netcat", "socat", "telnet"]);
const RESOLVERS: ReadonlySet<string> = new Set([
  "nslookup",
  "dig",
  "host",
  "ping",
  "resolve-dnsname",
]);
/** Programs of Windows and macOS known for running what they should not. */
const PROXIES: ReadonlySet<string> = new Set([
  "mshta", "rundll32", "regsvr32", "wscript", "cscript", "msiexec", "wmic", "installutil", "msbuild",
]); // prettier-ignore
const PERSISTERS: ReadonlySet<string> = new Set([
  "crontab", "at", "launchctl", "schtasks", "systemctl", "reg", "sc", "visudo", "chattr", "useradd", "netsh",
]); // prettier-ignore

export function downloads(stage: Stage): boolean {
  if (stage.program === "certutil") return stage.args.some((arg) => /urlcache/i.test(arg));
  if (stage.program === "aws") return stage.args[0] === "s3" && stage.args[1] === "cp";
  return DOWNLOADERS.has(stage.program);
}

export function decodes(stage: Stage): boolean {
  return DECODERS.has(stage.program);
}

export function evaluates(stage: Stage): boolean {
  return EVALUATORS.has(stage.program);
}

/** Runs whatever arrives on its standard input. */
export function runsItsInput(stage: Stage): boolean {
  if (evaluates(stage)) return true;
  const files = stage.args.filter((arg) => !arg.startsWith("-") && !/^\/dev\/stdin$/.test(arg));
  if (SHELLS.has(stage.program)) {
    return stage.script === undefined && (files.length === 0 || stage.args.includes("-s"));
  }
  const inline = stage.args.some((arg) => /^(?:-e|-p|-c|-pe|--eval|--print)$/.test(arg));
  return INTERPRETERS.has(stage.program) && files.length === 0 && !inline;
}

export function runsText(stage: Stage): boolean {
  return SHELLS.has(stage.program) || INTERPRETERS.has(stage.program) || evaluates(stage);
}

export function connects(stage: Stage): boolean {
  return (
    CONNECTORS.has(stage.program) ||
    stage.args.some((arg) => arg.includes("/dev/tcp/") || arg.includes("/dev/udp/")) ||
    stage.writesTo.some((path) => /^\/dev\/(?:tcp|udp)\//.test(path))
  );
}

/** Asks a name server or pings a host whose name is computed: data leaves in the name. */
export function leaksByName(stage: Stage): boolean {
  return RESOLVERS.has(stage.program) && stage.substitutions.length > 0;
}

export function uploads(stage: Stage): boolean {
  return (
    downloads(stage) &&
    (stage.substitutions.length > 0 ||
      stage.args.some((arg) =>
        /^(?:-d|--data\S*|-F|--form|-T|--upload-file|--post-\S+)$/.test(arg),
      ))
  );
}

export function isProxy(stage: Stage): boolean {
  return PROXIES.has(stage.program);
}

/** Registers something that runs later, or writes where only the system or the person should. */
export function persists(stage: Stage): boolean {
  if (stage.program === "reg") return stage.args[0]?.toLowerCase() === "add";
  if (PERSISTERS.has(stage.program)) return true;
  const places = COPIERS.has(stage.program) ? [...stage.writesTo, ...stage.args] : stage.writesTo;
  return places.some((path) => PERSONAL_PLACE.test(path));
}

const COPIERS: ReadonlySet<string> = new Set([
  "cp",
  "mv",
  "tee",
  "ln",
  "install",
  "copy",
  "xcopy",
  "move",
]);

const PERSONAL_PLACE =
  /^(?:\/etc\/|\/Library\/Launch|(?:~|\$HOME|\$\{HOME\}|%USERPROFILE%)[\\/]\.(?:ssh|bash|zsh|profile|npmrc|config\/autostart|aws|gitconfig)|%APPDATA%.*Startup)/i;

/** Deletes the person's files, not the package's. */
export function wipes(stage: Stage): boolean {
  if (!["rm", "del", "rd", "rmdir", "shred", "format"].includes(stage.program)) return false;
  return stage.args.some((arg) =>
    /^(?:\/\*?|~\/?\*?|\$HOME\/?\*?|\$\{HOME\}\/?\*?|%USERPROFILE%.*|c:\\.*)$/i.test(arg),
  );
}

/** `powershell -EncodedCommand`: any prefix from `-e` on is accepted by PowerShell. */
export function runsEncoded(stage: Stage): boolean {
  return (
    ["powershell", "pwsh"].includes(stage.program) &&
    stage.args.some((arg) => /^[-/]e(?:c|n(?:c\w*)?)?$/i.test(arg))
  );
}
