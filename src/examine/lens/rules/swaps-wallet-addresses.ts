import type { Rule, Sighting } from "../rule.ts";
import type { Spotted } from "../../program/capabilities.ts";
import type { ModuleModel } from "../../program/module.ts";

export const swapsWalletAddresses: Rule = {
  id: "swaps-wallet-addresses",
  title: "Hooks the page's network or wallet and knows addresses of wallets",
  why:
    "Replacing fetch, XMLHttpRequest or the wallet's own object lets code change where money goes. " +
    "Beside a list of wallet addresses it has no other use.",
  example:
    'const real = window.fetch; window.fetch = async (...a) => swap(await real(...a), ["0x00000000000000000000000000000000000000aa"]);',
  advice: "Do not ship it to any page that handles money.",
  severity: "critical",
  confidence: "high",
  look: (view) =>
    view.program.modules.flatMap((module) => {
      const wrap = view.capabilities.find(
        (item) =>
          item.capability === "global-wrap" &&
          item.module === module &&
          WRAPPED.test(item.target?.text ?? ""),
      );
      if (wrap === undefined) return [];
      return sightingIn(module, wrap);
    }),
};

const WRAPPED =
  /^(?:fetch|XMLHttpRequest(?:\(\))?(?:\.prototype\.\w+)?|(?:ethereum|solana)\.\w+|Response\.prototype\.\w+)$/;
const ADDRESSES_MIN = 5;
/** A bundle for wallets holds the addresses of many contracts, and a fetch for old browsers elsewhere. */
const NEAR_CHARACTERS = 50_000;
const ADDRESS =
  /^(?:0x[\da-fA-F]{40}|bc1[a-z\d]{25,60}|[13][1-9A-HJ-NP-Za-km-z]{25,34}|T[1-9A-HJ-NP-Za-km-z]{33}|ltc1[a-z\d]{25,60}|[LM][1-9A-HJ-NP-Za-km-z]{26,33}|[1-9A-HJ-NP-Za-km-z]{43,44})$/;
const ZERO = /^0x0{38}|^0x[eE]{40}$|^0xf{40}$/;
/** A pattern that finds addresses in other text. */
const ADDRESS_PATTERN = /0x\[a-fA-F0-9\]\{40\}|\[13\]\[a-km-zA-HJ-NP-Z1-9\]|bc1\[/;

function sightingIn(module: ModuleModel, wrap: Spotted): readonly Sighting[] {
  const near = module.strings.filter(
    ({ offset }) => Math.abs(offset - wrap.offset) <= NEAR_CHARACTERS,
  );
  const addresses = new Set(
    near.map(({ text }) => text).filter((text) => ADDRESS.test(text) && !ZERO.test(text)),
  );
  const [from, to] = [wrap.offset - NEAR_CHARACTERS, wrap.offset + NEAR_CHARACTERS];
  const hasPattern = ADDRESS_PATTERN.test(module.text.slice(Math.max(0, from), to));
  if (addresses.size === 0) return [];
  const isWallet = /^(?:ethereum|solana)/.test(wrap.target?.text ?? "");
  // Wallet libraries bring fetch along for old browsers, and an address or two of contracts.
  if (addresses.size < ADDRESSES_MIN && !hasPattern && !isWallet) return [];
  const message = `${wrap.target?.text ?? "A shared function"} is replaced by code that holds ${String(addresses.size)} wallet addresses${
    hasPattern ? " and a pattern that finds others" : ""
  }.`;
  return [{ place: { module, offset: wrap.offset }, message }];
}
