import type { Rule } from "./rule.ts";
import { addressesScanners } from "./rules/addresses-scanners.ts";
import { collectsSecrets } from "./rules/collects-secrets.ts";
import { destroysFiles } from "./rules/destroys-files.ts";
import { fetchesAnotherRuntime } from "./rules/fetches-another-runtime.ts";
import { hidesAddresses } from "./rules/hides-addresses.ts";
import { hidesCommands } from "./rules/hides-commands.ts";
import { hidesNames } from "./rules/hides-names.ts";
import { obfuscatedByStringArray } from "./rules/obfuscated-by-string-array.ts";
import { opensRemoteShell } from "./rules/opens-remote-shell.ts";
import { persists } from "./rules/persists.ts";
import { postsToCollectors } from "./rules/posts-to-collectors.ts";
import { publishesPackages } from "./rules/publishes-packages.ts";
import { readsBrowserData } from "./rules/reads-browser-data.ts";
import { readsProcessMemory } from "./rules/reads-process-memory.ts";
import { rewritesPackages } from "./rules/rewrites-packages.ts";
import { runsDangerousCommands } from "./rules/runs-dangerous-commands.ts";
import { runsDownloadedPrograms } from "./rules/runs-downloaded-programs.ts";
import { runsHiddenCode } from "./rules/runs-hidden-code.ts";
import { runsNumberLists } from "./rules/runs-number-lists.ts";
import { runsOffScreen } from "./rules/runs-off-screen.ts";
import { runsRemoteCode } from "./rules/runs-remote-code.ts";
import { runsScriptsAtInstall } from "./rules/runs-scripts-at-install.ts";
import { sendsByDns } from "./rules/sends-by-dns.ts";
import { sendsCommandOutput } from "./rules/sends-command-output.ts";
import { sendsEnvironment } from "./rules/sends-environment.ts";
import { sendsHostFacts } from "./rules/sends-host-facts.ts";
import { sendsSecrets } from "./rules/sends-secrets.ts";
import { sendsWalletKeys } from "./rules/sends-wallet-keys.ts";
import { startsHiddenProcess } from "./rules/starts-hidden-process.ts";
import { swapsWalletAddresses } from "./rules/swaps-wallet-addresses.ts";
import { waitsForADate } from "./rules/waits-for-a-date.ts";
import { writtenInBrackets } from "./rules/written-in-brackets.ts";

/** Every rule there is, by hand, one line each. A test compares the list with the folder. */
export const RULES: readonly Rule[] = [
  addressesScanners,
  collectsSecrets,
  destroysFiles,
  fetchesAnotherRuntime,
  hidesAddresses,
  hidesCommands,
  hidesNames,
  obfuscatedByStringArray,
  opensRemoteShell,
  persists,
  postsToCollectors,
  publishesPackages,
  readsBrowserData,
  readsProcessMemory,
  rewritesPackages,
  runsDangerousCommands,
  runsDownloadedPrograms,
  runsHiddenCode,
  runsNumberLists,
  runsOffScreen,
  runsRemoteCode,
  runsScriptsAtInstall,
  sendsByDns,
  sendsCommandOutput,
  sendsEnvironment,
  sendsHostFacts,
  sendsSecrets,
  sendsWalletKeys,
  startsHiddenProcess,
  swapsWalletAddresses,
  waitsForADate,
  writtenInBrackets,
];

export function ruleOf(id: string): Rule | undefined {
  return RULES.find((rule) => rule.id === id);
}
