import type { HostRule } from "../../model/policy.ts";
import type { AddressScope } from "./proxy/address.ts";

/** One place that scripts of an install may download from. */
export interface DownloadHost {
  /**
   * A name in lower case, `*.example.com` for every name below example.com, or an address as URLs
   * write it.
   */
  readonly host: string;
  readonly port: number;
  /** Whose scripts may go there: names, and scopes as `@scope/*`. */
  readonly packages: "any" | readonly string[];
  /** "anybody": whoever has an account there can put something there, or have something sent there. */
  readonly uploads: "publisher" | "anybody";
  /** How far inside the name may lead: a mirror of a company's own has a private address. */
  readonly reaches: AddressScope;
  readonly why: string;
}

interface Source {
  readonly packages: "any" | readonly string[];
  readonly hosts: readonly string[];
  readonly uploads: DownloadHost["uploads"];
  readonly why: string;
}

/** Where GitHub sends those who ask for a file of a release: today's store and the one before it. */
const GITHUB_RELEASES = [
  "github.com",
  "release-assets.githubusercontent.com",
  "objects.githubusercontent.com",
];

/**
 * What honest packages are known to download while they install; names of hosts, never patterns. A
 * host where anybody can upload opens only to packages that cannot do without it: it is a way out for
 * what a script has read, because nobody sees inside TLS. The public registry is missing on purpose:
 * packages come through the gate, and a script that fetches one from there would be past it.
 */
const SOURCES: readonly Source[] = [
  {
    packages: "any",
    hosts: ["nodejs.org"],
    uploads: "publisher",
    why: "node-gyp fetches Node's headers there before it builds anything from source.",
  },
  {
    packages: ["@electron/rebuild", "electron-rebuild"],
    hosts: ["www.electronjs.org", "artifacts.electronjs.org"],
    uploads: "publisher",
    why: "Electron's headers, for modules that are built for it.",
  },
  {
    packages: [
      "@playwright/browser-chromium",
      "@playwright/browser-firefox",
      "@playwright/browser-webkit",
      "@playwright/test",
      "playwright",
      "playwright-chromium",
      "playwright-core",
      "playwright-firefox",
      "playwright-webkit",
    ],
    hosts: ["cdn.playwright.dev", "playwright.download.prss.microsoft.com"],
    uploads: "publisher",
    why: "Playwright's builds of browsers.",
  },
  {
    packages: ["@puppeteer/browsers", "chromedriver", "puppeteer"],
    hosts: ["storage.googleapis.com"],
    uploads: "anybody",
    why: "Chrome for Testing and Chromium snapshots are buckets there, like everybody else's.",
  },
  {
    packages: ["@puppeteer/browsers", "chromedriver", "puppeteer"],
    hosts: ["googlechromelabs.github.io", "chromedriver.storage.googleapis.com"],
    uploads: "publisher",
    why: "Which build of Chrome belongs to which version, and drivers of older ones.",
  },
  {
    packages: ["@tensorflow/tfjs-node", "@tensorflow/tfjs-node-gpu"],
    hosts: ["storage.googleapis.com"],
    uploads: "anybody",
    why: "TensorFlow's C library is in a bucket there, like everybody else's.",
  },
  {
    packages: ["cypress"],
    hosts: ["download.cypress.io", "cdn.cypress.io"],
    uploads: "publisher",
    why: "The Cypress application.",
  },
  {
    packages: ["@prisma/client", "@prisma/engines", "@prisma/fetch-engine", "prisma"],
    hosts: ["binaries.prisma.sh"],
    uploads: "publisher",
    why: "Prisma's engines.",
  },
  {
    packages: ["@sentry/cli"],
    hosts: ["downloads.sentry-cdn.com"],
    uploads: "publisher",
    why: "The sentry-cli program.",
  },
  {
    packages: [
      "mongodb-memory-server",
      "mongodb-memory-server-core",
      "mongodb-memory-server-global",
    ],
    hosts: ["fastdl.mongodb.org"],
    uploads: "publisher",
    why: "MongoDB server builds.",
  },
  {
    packages: ["grpc", "grpc-tools"],
    hosts: ["node-precompiled-binaries.grpc.io"],
    uploads: "publisher",
    why: "Compiled gRPC modules.",
  },
  {
    packages: ["ngrok"],
    hosts: ["bin.equinox.io"],
    uploads: "anybody",
    why: "The ngrok program, in a store for programs of many makers.",
  },
  {
    packages: ["onnxruntime-node"],
    hosts: ["api.nuget.org"],
    uploads: "anybody",
    why: "GPU libraries of ONNX Runtime, in the public registry for .NET.",
  },
  {
    packages: ["@vscode/ripgrep"],
    hosts: ["api.github.com"],
    uploads: "anybody",
    why: "Asks GitHub which file of a release to fetch.",
  },
  {
    packages: ["cwebp-bin", "gifsicle", "jpegtran-bin", "mozjpeg", "optipng-bin", "pngquant-bin"],
    hosts: ["raw.githubusercontent.com"],
    uploads: "anybody",
    why: "Image tools that lie in a GitHub repository.",
  },
  {
    packages: [
      "@pact-foundation/pact-core",
      "@vscode/ripgrep",
      "argon2",
      "bcrypt",
      "better-sqlite3",
      "canvas",
      "electron",
      "electron-nightly",
      "ffmpeg-static",
      "geckodriver",
      "hugo-bin",
      "hugo-extended",
      "isolated-vm",
      "keytar",
      "node-sass",
      "phantomjs-prebuilt",
      "re2",
      "sharp",
      "skia-canvas",
      "sqlite3",
      "supabase",
      "zeromq",
    ],
    hosts: GITHUB_RELEASES,
    uploads: "anybody",
    why: "Compiled files attached to a release on GitHub.",
  },
];

const HTTPS_PORT = 443;

/** The list that ships. */
const DEFAULT_HOSTS: readonly DownloadHost[] = SOURCES.flatMap(({ hosts, ...source }) =>
  hosts.map((host) => ({ host, port: HTTPS_PORT, reaches: "public" as const, ...source })),
);

/** What ships, and what the policy adds to it. */
export function hostRules(listed: readonly HostRule[]): readonly DownloadHost[] {
  return [...DEFAULT_HOSTS, ...listed.map(ruleOf)];
}

function ruleOf({ host, port, package: only }: HostRule): DownloadHost {
  return {
    host,
    port,
    packages: only === undefined ? "any" : [only],
    uploads: "anybody",
    reaches: host === "localhost" ? "inner" : "private",
    why: "The policy lists it.",
  };
}

/** Whether a package is one that `pattern` names. */
export function isNamedBy(pattern: string, name: string): boolean {
  return pattern.endsWith("/*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
