import type { Capability, CapabilityTarget } from "../../model/capability.ts";
import type { Label } from "./value.ts";

/**
 * What the built-ins of Node, Bun, Deno and browsers do, and the packages that only wrap them. A
 * built-in is known by its path: `fs.readFile`, `https.request().write`. Synchronous and promise
 * forms have the path of the plain one.
 */
export interface ApiSpec {
  readonly capability: Capability | undefined;
  readonly target: TargetSpec | undefined;
  /** What comes back, from the call or through its callback. */
  readonly gives: readonly Label[];
  /** What happens to the arguments. */
  readonly takes: "send" | "run" | "spawn" | "write" | undefined;
}

export interface TargetSpec {
  readonly kind: CapabilityTarget["kind"];
  /** Position of the argument that names the target. */
  readonly at: number;
}

const SPECS = new Map<string, ApiSpec>();

function specify(
  paths: string,
  capability: Capability | undefined,
  target?: readonly [kind: TargetSpec["kind"], at: number],
  rest: Partial<Pick<ApiSpec, "gives" | "takes">> = {},
): void {
  const [kind, at] = target ?? [];
  for (const path of paths.split(/\s+/)) {
    SPECS.set(path, {
      capability,
      target: kind === undefined || at === undefined ? undefined : { kind, at },
      gives: rest.gives ?? [],
      takes: rest.takes,
    });
  }
}

const REMOTE = { gives: ["remote"], takes: "send" } as const;
specify(
  "http.request http.get https.request https.get http2.connect fetch Bun.fetch",
  "network-out",
  ["host", 0],
  REMOTE,
);
specify(
  "WebSocket EventSource Deno.connect Bun.connect net.connect net.createConnection tls.connect",
  "network-out",
  ["host", 0],
  REMOTE,
);
specify("net.Socket().connect tls.TLSSocket().connect", "network-out", ["host", 0], REMOTE);
specify("navigator.sendBeacon", "network-out", ["host", 0], REMOTE);
specify("XMLHttpRequest().open", "network-out", ["host", 1], REMOTE);
specify("XMLHttpRequest().send", undefined, undefined, REMOTE);
specify("dgram.createSocket().send", "network-out", ["host", 2], REMOTE);
specify(
  "http.createServer().listen https.createServer().listen net.createServer().listen http2.createServer().listen",
  "network-listen",
  ["host", 0],
);
specify(
  "net.Server().listen dgram.createSocket().bind Deno.listen Deno.serve Bun.serve Bun.listen tls.createServer().listen",
  "network-listen",
  ["host", 0],
);
const RESOLVED = { gives: ["remote"], takes: "send" } as const;
specify(
  "dns.lookup dns.resolve dns.resolve4 dns.resolve6 dns.resolveTxt dns.resolveMx dns.resolveAny dns.resolveCname dns.resolveNs dns.resolveSrv dns.resolveSoa dns.reverse",
  "dns-lookup",
  ["host", 0],
  RESOLVED,
);

const RUN = { gives: ["command-output"], takes: "spawn" } as const;
specify(
  "child_process.exec child_process.execFile child_process.spawn child_process.fork",
  "process-spawn",
  ["command", 0],
  RUN,
);
specify(
  "process.binding().spawn process._linkedBinding().spawn",
  "process-spawn",
  ["command", 0],
  RUN,
);
specify(
  "Bun.spawn Bun.$ Deno.run Deno.Command execa execa.execa execa.command execa.$ zx.$ cross-spawn cross-spawn.spawn shelljs.exec node-pty.spawn sudo-prompt.exec foreground-child tinyexec.x tinyexec.exec nano-spawn",
  "process-spawn",
  ["command", 0],
  RUN,
);

specify(
  "fs.readFile fs.createReadStream fs.readlink fs.open fs.read fs.readJson Deno.readTextFile Deno.readFile Bun.file fs.openAsBlob",
  "file-read",
  ["path", 0],
  { gives: ["file"] },
);
specify("fs.readdir fs.opendir Deno.readDir fs.glob", "file-read", ["path", 0]);
specify(
  "fs.writeFile fs.appendFile fs.createWriteStream fs.outputFile fs.outputJson fs.writeJson fs.symlink fs.link fs.chmod fs.truncate Deno.writeTextFile Deno.writeFile Bun.write",
  "file-write",
  ["path", 0],
  { takes: "write" },
);
specify("fs.copyFile fs.rename fs.cp fs.copy fs.move", "file-write", ["path", 1], {
  takes: "write",
});
specify(
  "fs.unlink fs.rm fs.rmdir fs.remove fs.emptyDir rimraf rimraf.rimraf del Deno.remove fs.unlinkSync",
  "file-delete",
  ["path", 0],
);

specify(
  "eval Function vm.runInThisContext vm.runInNewContext vm.runInContext vm.Script vm.compileFunction vm.SourceTextModule importScripts GeneratorFunction AsyncFunction",
  "dynamic-code",
  ["code", 0],
  { takes: "run" },
);
/** One that may be `Function`, and is more likely a class of the code's own. */
specify("constructor", "dynamic-code", ["code", 0]);
specify(
  "module._compile module.Module._compile module.prototype._compile module.Module.prototype._compile module()._compile module.Module()._compile",
  "dynamic-code",
  ["code", 0],
  { takes: "run" },
);
specify(
  "process.dlopen bindings node-gyp-build node-pre-gyp ffi-napi.Library ffi.Library koffi.load process.binding process._linkedBinding Bun.FFI.dlopen Deno.dlopen",
  "native-code",
  ["path", 0],
);
specify(
  "WebAssembly.compile WebAssembly.instantiate WebAssembly.Module WebAssembly.instantiateStreaming WebAssembly.compileStreaming",
  "webassembly",
);

specify(
  "os.hostname os.userInfo os.networkInterfaces os.platform os.type os.release os.arch os.cpus os.version os.uptime os.totalmem",
  undefined,
  undefined,
  { gives: ["host-facts"] },
);
specify(
  "navigator.clipboard.readText navigator.clipboard.read clipboardy.read clipboardy.default.read clipboard-event",
  "clipboard",
  undefined,
  { gives: ["clipboard"] },
);
specify("navigator.clipboard.writeText navigator.clipboard.write clipboardy.write", "clipboard");
specify(
  "iohook.start uiohook-napi.uIOhook.start node-global-key-listener.GlobalKeyboardListener iohook.on uiohook-napi.uIOhook.on",
  "keyboard",
  undefined,
  { gives: ["keyboard"] },
);
specify("libnpmpublish.publish npm-registry-fetch", "publishing");

const DECODED = { gives: ["decoded"] } as const;
specify(
  "atob unescape decodeURIComponent decodeURI zlib.inflate zlib.gunzip zlib.brotliDecompress zlib.inflateRaw zlib.unzip pako.inflate pako.ungzip lz-string.decompress lz-string.decompressFromBase64 lz-string.decompressFromUTF16",
  undefined,
  undefined,
  DECODED,
);
specify("String.fromCharCode String.fromCodePoint", undefined, undefined, DECODED);
specify(
  "crypto.createDecipheriv().update crypto.createDecipher().update crypto.createDecipheriv().final crypto.createDecipher().final crypto.subtle.decrypt crypto.privateDecrypt crypto-js.AES.decrypt crypto-js.RC4.decrypt crypto-js.Rabbit.decrypt crypto.webcrypto.subtle.decrypt",
  undefined,
  undefined,
  { gives: ["decrypted"] },
);
specify(
  "btoa JSON.stringify querystring.stringify encodeURIComponent zlib.deflate zlib.gzip zlib.brotliCompress crypto.createCipheriv().update crypto.publicEncrypt",
  undefined,
  undefined,
  { gives: ["encoded"] },
);

/** Packages whose calls are HTTP requests. */
const HTTP_CLIENTS: ReadonlySet<string> = new Set([
  "axios", "got", "node-fetch", "request", "request-promise", "request-promise-native", "superagent",
  "needle", "undici", "phin", "bent", "ky", "wretch", "centra", "make-fetch-happen", "minipass-fetch",
  "cross-fetch", "isomorphic-fetch", "isomorphic-unfetch", "unfetch", "ofetch", "simple-get", "ky-universal",
  "follow-redirects", "ws", "socket.io-client", "sync-request", "node-fetch-native", "npm-registry-fetch",
]); // prettier-ignore
const REQUEST_METHOD =
  /^(?:\.(?:default|get|post|put|patch|delete|del|head|request|fetch|stream|http|https|concat|connect|io|WebSocket|create\(\)|extend\(\)|defaults\(\)|instance\(\)|\$fetch|raw))*$/;

export const HTTP_REQUEST: ApiSpec = {
  capability: "network-out",
  target: { kind: "host", at: 0 },
  gives: ["remote"],
  takes: "send",
};

/** Methods of a request, response or socket that send what they are given. */
const SENDS_ON =
  /^(?:https?\.(?:request|get)|http2\.connect|net\.(?:connect|createConnection|Socket)|tls\.connect|WebSocket|ws|XMLHttpRequest|superagent\.\w+|request)\(\).*\.(?:write|end|send|setHeader|set|query|field|attach|emit|json)$/;

export function specOf(path: string): ApiSpec | undefined {
  const known = SPECS.get(path);
  if (known !== undefined) return known;
  const root = rootOf(path);
  if (HTTP_CLIENTS.has(root) && REQUEST_METHOD.test(path.slice(root.length))) return HTTP_REQUEST;
  if (SENDS_ON.test(path)) return { ...HTTP_REQUEST, capability: undefined, target: undefined };
  if (/^(?:dns\.Resolver\(\)|dns\.promises)\.(?:lookup|resolve\w*|reverse)$/.test(path)) {
    return SPECS.get("dns.resolve");
  }
  return undefined;
}

/** Calls that matter without being a capability by themselves. */
const NOTABLE =
  /^(?:require|import|setTimeout|setInterval|Worker|SharedWorker|worker_threads\.Worker|JSON\.stringify|Object\.(?:keys|entries|values|defineProperty)|Reflect\.\w+|process\.(?:kill|exit|on|setuid)|util\.inspect|Function\(\).*|module\.\w+|os\.\w+|crypto\.create(?:Hash|Decipher\w*)|navigator\.\w+.*|ethereum\.\w+|chrome\..*|document\..*|url\.pathToFileURL)$/;

/** Whether a call of a built-in is worth looking at. */
export function isNotable(path: string): boolean {
  const plain = withoutIndirection(path);
  return specOf(plain) !== undefined || NOTABLE.test(plain);
}

/** `eval.call`, `eval.apply` are `eval`. */
export function withoutIndirection(path: string): string {
  return path.replace(/(?<!^Reflect)\.(?:call|apply|bind)$/, "");
}

/** All that paths with a meaning begin with: `net.Socket`, `net.Socket()` of `net.Socket().connect`. */
const BEGINNINGS: ReadonlySet<string> = new Set(
  [...SPECS.keys()].flatMap((path) =>
    [...path.matchAll(/(?=\.|\(\)|$)|(?<=\(\))/g)].map(({ index }) => path.slice(0, index)),
  ),
);

/** Built-ins without a capability that lead to others. */
const LEADING: ReadonlySet<string> = new Set([
  "require",
  "import",
  "process",
  "module",
  "Reflect",
  "document",
]);

/** Whether a built-in does something, or others can be had from it that do. */
export function leadsOn(path: string): boolean {
  const plain = withoutIndirection(path);
  const isKnown = specOf(plain)?.capability !== undefined || BEGINNINGS.has(plain);
  return isKnown || LEADING.has(plain) || GLOBAL_OBJECTS.has(plain) || HTTP_CLIENTS.has(plain);
}

/** Last parts of paths that mean something; a method of another name is none of them. */
const TELLING_METHODS: ReadonlySet<string> = new Set([
  ...[...SPECS.keys()].flatMap((path) => {
    const last = path.slice(path.lastIndexOf(".") + 1);
    return [last, `${last}Sync`];
  }),
  "get", "post", "put", "patch", "delete", "del", "head", "request", "fetch", "stream", "http", "https", "concat",
  "connect", "io", "write", "end", "send", "setHeader", "set", "query", "field", "attach", "emit", "json", "default",
  "require", "_load", "call", "apply", "construct", "keys", "entries", "values", "stringify", "inspect", "createHash",
  "createDecipheriv", "createDecipher", "kill", "exit", "constructor", "hostname", "userInfo", "networkInterfaces",
  "createServer", "Worker", "sendAsync", "pipe", "setTimeout", "setInterval", "defineProperty", "compile", "binding", "getBuiltinModule", "raw",
]); // prettier-ignore

/** Whether a method of this name can be one that matters, whatever its object is. */
export function isTellingMethod(name: string): boolean {
  return TELLING_METHODS.has(name);
}

const WEAK_METHODS: ReadonlySet<string> = new Set([
  "get", "set", "call", "apply", "keys", "entries", "values", "json", "field", "query", "raw", "default", "emit",
  "head", "patch", "delete", "del", "concat", "stream", "put", "attach", "update", "compile", "read", "construct",
  "add", "remove", "move", "copy", "link", "open", "constructor", "start", "final", "on",
]); // prettier-ignore

/** Methods that mostly belong to maps, patterns and objects of the code's own. */
export function isWeakMethod(name: string): boolean {
  return WEAK_METHODS.has(name);
}

function rootOf(path: string): string {
  for (const client of ["socket.io-client"]) if (path.startsWith(client)) return client;
  const dot = path.indexOf(".");
  return dot === -1 ? path : path.slice(0, dot);
}

/** Names of the global object. */
const GLOBAL_OBJECTS: ReadonlySet<string> = new Set([
  "globalThis",
  "global",
  "window",
  "self",
  "top",
  "frames",
  "unsafeWindow",
  "GLOBAL",
  "root",
]);

/** Free names that stand for built-ins; anything else that is not declared says nothing. */
const GLOBALS: ReadonlySet<string> = new Set([
  ...GLOBAL_OBJECTS, "require", "module", "process", "Buffer", "fetch", "eval", "Function", "atob", "btoa",
  "XMLHttpRequest", "WebSocket", "EventSource", "navigator", "WebAssembly", "String", "Object", "JSON", "Array",
  "Reflect", "Promise", "setTimeout", "setInterval", "setImmediate", "queueMicrotask", "unescape", "escape",
  "decodeURIComponent", "encodeURIComponent", "decodeURI", "Bun", "Deno", "importScripts", "document", "location",
  "localStorage", "sessionStorage", "chrome", "browser", "Intl", "Date", "Worker", "SharedWorker", "crypto",
  "ethereum", "solana", "web3", "tronWeb", "phantom", "Proxy", "Number", "parseInt", "Math", "Symbol", "performance",
  "Uint8Array", "TextDecoder", "TextEncoder", "URL", "URLSearchParams", "Error", "Map", "WeakMap", "Set", "RegExp", "Image",
  "addEventListener", "__dirname", "__filename", "exports", "indexedDB", "history", "Request", "Headers", "FormData", "Element", "Event",
]); // prettier-ignore

export function isGlobalObject(name: string): boolean {
  return GLOBAL_OBJECTS.has(name);
}

export function isGlobal(name: string): boolean {
  return GLOBALS.has(name);
}

const MODULE_ALIASES: ReadonlyMap<string, string> = new Map([
  ["fs/promises", "fs"],
  ["graceful-fs", "fs"],
  ["fs-extra", "fs"],
  ["original-fs", "fs"],
  ["path/posix", "path"],
  ["path/win32", "path"],
  ["dns/promises", "dns"],
  ["timers/promises", "timers.promises"],
  ["node-fetch", "fetch"],
  ["cross-fetch", "fetch"],
  ["isomorphic-fetch", "fetch"],
  ["buffer", "buffer"],
  ["process", "process"],
  ["follow-redirects/https", "https"],
  ["follow-redirects/http", "http"],
  ["promisify-child-process", "child_process"],
  ["child-process-promise", "child_process"],
]);

/** The path of what `require(specifier)` gives, for a built-in or another package. */
export function pathOfModule(specifier: string): string {
  const plain = specifier.replace(/^node:/, "");
  return MODULE_ALIASES.get(plain) ?? plain;
}

const REQUIRES: ReadonlySet<string> = new Set([
  "process.mainModule.require", "module.require", "require.main.require", "module.parent.require",
  "module.createRequire()", "process.getBuiltinModule", "module._load", "module.constructor._load",
  "module.Module._load", "process.mainModule.constructor._load", "require.main.constructor._load",
  "module.Module.createRequire()", "module.prototype.require", "module.Module.prototype.require",
  "module.constructor.prototype.require", "module.createRequireFromPath()",
]); // prettier-ignore

/** The first words of all paths that mean something: another package than these leads to nothing. */
export const API_ROOTS: ReadonlySet<string> = new Set(
  [...SPECS.keys(), ...HTTP_CLIENTS, ...MODULE_ALIASES.keys()].map(
    (path) => /^(?:@[^/]+\/)?[^/.]+/.exec(path)?.[0] ?? path,
  ),
);

const PATH_LENGTH_MAX = 160;

/** The path of a member, in its plain form. */
export function memberPath(object: string, key: string): string | undefined {
  if (GLOBAL_OBJECTS.has(object)) return isGlobal(key) || key.length < 40 ? key : undefined;
  if (key === "default" && !object.includes("()")) return object;
  const path = `${object}.${plainKey(object, key)}`;
  if (path.length > PATH_LENGTH_MAX) return undefined;
  if (path === "fs.promises" || path === "dns.promises") return object;
  if (REQUIRES.has(path)) return "require";
  return PATH_ALIASES.get(path) ?? path;
}

const PATH_ALIASES: ReadonlyMap<string, string> = new Map([
  ["buffer.Buffer", "Buffer"],
  ["buffer.atob", "atob"],
  ["document.defaultView", "globalThis"],
  ["http.default", "http"],
  ["undici.fetch", "fetch"],
  ["follow-redirects.https", "https"],
  ["follow-redirects.http", "http"],
  ["module.constructor", "module.Module"],
  ["execa.default", "execa"],
  ["ws.WebSocket", "ws"],
  ["process.global", "globalThis"],
  ["WebSocket.WebSocket", "WebSocket"],
  ["fs.default", "fs"],
]);

function plainKey(object: string, key: string): string {
  const sync =
    object === "fs" || object === "child_process" || object === "zlib" || object === "execa";
  return sync && key.endsWith("Sync") ? key.slice(0, -4) : key;
}
