import { looksSecret, namesSecret } from "./secrets.ts";

/** Variables as a process has them. */
type Variables = Readonly<Record<string, string | undefined>>;

/** What a terminal, a locale and a temporary folder are, and who one is. */
const SESSION = [
  ...["HOME", "LOGNAME", "PATH", "PWD", "SHELL", "TEMP", "TMP", "TMPDIR", "TZ", "USER"],
  ...["CLICOLOR", "CLICOLOR_FORCE", "COLORTERM", "COLUMNS", "FORCE_COLOR", "LINES", "NO_COLOR"],
  ...["LANG", "LANGUAGE", "LC_*", "TERM", "TERM_PROGRAM", "TERM_PROGRAM_VERSION"],
  ...["XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"],
];

/** That this is CI, and whose; not what a job of it may do. GITHUB_ENV and its kin steer later steps. */
const AUTOMATION = [
  ...["APPVEYOR", "BUILDKITE", "BUILD_NUMBER", "CI", "CIRCLECI", "CIRRUS_CI", "CODEBUILD_BUILD_ID"],
  ...["CONTINUOUS_INTEGRATION", "DRONE", "GITEA_ACTIONS", "GITHUB_ACTIONS", "GITLAB_CI", "NETLIFY"],
  ...["RUN_ID", "SEMAPHORE", "TEAMCITY_VERSION", "TF_BUILD", "TRAVIS", "VERCEL", "WOODPECKER"],
];

/** NODE_OPTIONS is kept in part; see {@link harmlessNodeOptions}. */
const NODE = [
  ...["NODE_COMPILE_CACHE", "NODE_DEBUG", "NODE_DISABLE_COLORS", "NODE_ENV", "NODE_EXTRA_CA_CERTS"],
  ...["NODE_GYP_FORCE_PYTHON", "NODE_NO_WARNINGS", "NODE_OPTIONS", "NODE_PATH"],
  ...["NODE_PENDING_DEPRECATION", "NODE_TLS_REJECT_UNAUTHORIZED", "DEBUG"],
];

/** Package managers, and the managers of Node's versions that stand in front of them on PATH. */
const PACKAGE_MANAGERS = [
  ...["npm_*", "NPM_CONFIG_*", "pnpm_*", "PNPM_*", "YARN_*", "yarn_*", "BUN_*", "COREPACK_*"],
  ...["ASDF_*", "FNM_*", "MISE_*", "NODENV_*", "NVM_*", "N_PREFIX", "PROTO_*", "VOLTA_*"],
];

const COMPILERS = [
  ...["AR", "AS", "CC", "CPP", "CXX", "LD", "NM", "RANLIB", "STRIP", "CROSS_COMPILE", "LINK"],
  ...["ASFLAGS", "CFLAGS", "CPPFLAGS", "CXXFLAGS", "LDFLAGS", "MAKEFLAGS", "RUSTFLAGS", "JOBS"],
  ...["CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "LIBRARY_PATH", "LD_LIBRARY_PATH", "V"],
  ...["CMAKE_*", "GYP_DEFINES", "MAKE", "PKG_CONFIG", "PKG_CONFIG_*", "PYTHON", "PYTHON3"],
  ...["ANDROID_HOME", "ANDROID_NDK_HOME", "ANDROID_SDK_ROOT", "CARGO_HOME", "JAVA_HOME"],
  ...["DEVELOPER_DIR", "MACOSX_DEPLOYMENT_TARGET", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "SDKROOT"],
  ...["NIX_CFLAGS_COMPILE", "NIX_LDFLAGS", "NIX_PROFILES", "SOURCE_DATE_EPOCH"],
];

/** Whom TLS trusts here; a network of an organisation's own often has an authority of its own. */
const AUTHORITIES = ["CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "SSL_CERT_DIR", "SSL_CERT_FILE"];

/** How packages that download or build are told what to leave out and which mirror to use. */
const DOWNLOADERS = [
  ...["CHROMEDRIVER_*", "CYPRESS_*", "ELECTRON_*", "ESBUILD_*", "HUSKY", "HUSKY_*", "LEFTHOOK"],
  ...["MONGOMS_*", "NGROK_CDN_*", "PLAYWRIGHT_*", "PRISMA_*", "PUPPETEER_*", "SASS_BINARY_*"],
  ...["SASS_FORCE_BUILD", "SENTRYCLI_*", "SHARP_*", "SKIP_*", "ONNXRUNTIME_*", "SWC_*"],
  ...["ADBLOCK", "DISABLE_OPENCOLLECTIVE", "DO_NOT_TRACK", "OPEN_SOURCE_CONTRIBUTOR"],
];

const KEPT = [
  SESSION,
  AUTOMATION,
  NODE,
  PACKAGE_MANAGERS,
  COMPILERS,
  AUTHORITIES,
  DOWNLOADERS,
].flat();

/** Ways out that a room has none of; the one it has is set by whoever builds it. */
const PROXY = /(?:^|[_-])(?:https?[_-]?|all[_-]?|no[_-]?)?proxy$/i;

/**
 * What a sandboxed command sees of a person's environment: names on the list above and those that the
 * policy adds, a star at their end standing for any rest. Credentials go even under such a name,
 * unless the policy names the variable in full.
 */
export function roomEnvironment(
  user: Variables,
  added: readonly string[],
): Readonly<Record<string, string>> {
  const named = new Set(added.filter((pattern) => !pattern.endsWith("*")));
  const patterns = [...KEPT, ...added];
  const entries = Object.entries(user).flatMap(([name, value]) => {
    if (value === undefined) return [];
    if (named.has(name)) return [[name, value] as const];
    if (!isListed(name, patterns) || PROXY.test(name)) return [];
    if (namesSecret(name) || looksSecret(value)) return [];
    const shown = name === "NODE_OPTIONS" ? harmlessNodeOptions(value) : value;
    return shown === "" && value !== "" ? [] : [[name, shown] as const];
  });
  return Object.fromEntries(entries);
}

function isListed(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
  );
}

/**
 * Options that change no more than how Node itself works. One that loads a file would stop every
 * script, since the file is not in the room, and one that opens a debugger would open it to scripts.
 */
const NODE_OPTION = new RegExp(
  `^--(?:${[
    "(?:max-old-space-size|max-semi-space-size|stack-trace-limit|max-http-header-size)=\\d+",
    "dns-result-order=\\w+",
    "unhandled-rejections=[\\w-]+",
    "tls-(?:min|max)-v1\\.\\d",
    "(?:no-)?(?:deprecation|warnings|network-family-autoselection|experimental-require-module)",
    "(?:trace|pending|throw)-(?:deprecation|warnings)",
    "use-(?:system|openssl|bundled)-ca",
    "openssl-legacy-provider",
    "enable-source-maps",
    "preserve-symlinks(?:-main)?",
    "(?:no-)?experimental-strip-types",
  ].join("|")})$`,
);

function harmlessNodeOptions(value: string): string {
  return value
    .split(/\s+/)
    .filter((option) => NODE_OPTION.test(option))
    .join(" ");
}
