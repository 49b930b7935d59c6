import type { Rule, Sighting } from "../rule.ts";
import { type LensView, placeOf } from "../view.ts";
import type { Spotted } from "../../program/capabilities.ts";
import type { ModuleModel, Site } from "../../program/module.ts";
import type { Use } from "../../program/uses.ts";
import { textsOf, type Value } from "../../program/value.ts";

export const swapsWalletAddresses: Rule = {
  id: "swaps-wallet-addresses",
  title: "Changes where money goes",
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
      const hooked = wrap === undefined ? [] : sightingIn(module, wrap);
      const found = hooked.length > 0 ? hooked : swapIn(module, view, wrap !== undefined);
      return found.length > 0 ? found : swapByCommands(module, view);
    }),
};

const WRAPPED =
  /^(?:fetch|XMLHttpRequest(?:\(\))?(?:\.prototype\.\w+)?|(?:ethereum|solana)(?:\.\w+)?|Response\.prototype\.\w+)$/;
const ADDRESSES_MIN = 5;
/** A bundle for wallets holds the addresses of many contracts, and a fetch for old browsers elsewhere. */
const NEAR_CHARACTERS = 50_000;
const ADDRESS =
  /^(?:0x[\da-fA-F]{40}|bc1[a-z\d]{25,60}|[13][1-9A-HJ-NP-Za-km-z]{25,34}|T[1-9A-HJ-NP-Za-km-z]{33}|ltc1[a-z\d]{25,60}|[LM][1-9A-HJ-NP-Za-km-z]{26,33}|[1-9A-HJ-NP-Za-km-z]{43,44})$/;
const ZERO = /^0x0{38}|^0x[eE]{40}$|^0xf{40}$/;
/** A pattern that finds addresses in other text. */
const ADDRESS_PATTERN =
  /0x\[[\da-fA-F\\-]{2,12}\]\{40\}|\[13\]\)?\[[a-km-zA-HJ-NP-Z\d-]{8,40}\]|bc1[[|]|T\[[A-Za-z\d-]{6,40}\]\{33\}/;

/** One address put in the place of others, where the code has its hands on payments. */
function swapIn(module: ModuleModel, view: LensView, wraps: boolean): readonly Sighting[] {
  if (!wraps && !(copies(module, view) && ADDRESS_PATTERN.test(module.text))) {
    return paidIn(module, view);
  }
  const isAddress = (site: Site): boolean =>
    textsOf(view.evaluator.evaluate(site)).some((text) => ADDRESS.test(text) && !ZERO.test(text));
  const handing = HANDS_OVER.flatMap((key) => module.methodCalls.get(key) ?? []).filter(
    ({ args: [, second, ...rest], scope }) =>
      second !== undefined && rest.length === 0 && isAddress({ node: second, scope }),
  );
  const paying = module.writes.filter(({ key, value }) => key === "to" && isAddress(value));
  const [swap] = [...handing, ...paying];
  if (swap === undefined) return paidIn(module, view);
  const message = "Addresses of wallets are replaced by one that is written in the code.";
  return [{ place: { module, offset: swap.node.start }, message }];
}

function copies(module: ModuleModel, view: LensView): boolean {
  if (!module.text.includes("clipboard")) return false;
  const reads = view.usesOf(module).some(({ spec }) => spec?.gives.includes("clipboard") === true);
  return reads || COPIES.test(module.text);
}

/** `text.replace(pattern, address)`, `event.clipboardData.setData("text/plain", address)`. */
const HANDS_OVER = ["replace", "replaceAll", "setData"];
const COPIES = /clipboardData|clipboard\.writeText/;

const READS_CLIPBOARD = /\b(?:pbpaste|Get-Clipboard|wl-paste|(?:xclip|xsel)\b[^|]*\s-{1,2}o)/;
const FILLS_CLIPBOARD =
  /\b(?:pbcopy|Set-Clipboard|wl-copy|clip(?:\.exe)?\s*$|(?:xclip|xsel)\b[^|]*\s-{1,2}i)/;

/** The clipboard is read and filled by other programs, in a file that knows what addresses look like. */
function swapByCommands(module: ModuleModel, view: LensView): readonly Sighting[] {
  if (!ADDRESS_PATTERN.test(module.text)) return [];
  const spawns = view.spawns.filter((use) => use.module === module);
  const starts = (pattern: RegExp): Use | undefined =>
    spawns.find((use) => view.commandsOf(use).some((line) => pattern.test(line)));
  const filling = starts(FILLS_CLIPBOARD);
  if (filling === undefined || starts(READS_CLIPBOARD) === undefined) return [];
  const message = "The clipboard is read and filled by code that looks for addresses of wallets.";
  return [{ place: placeOf(filling), message, severity: "high" }];
}

/** A wallet is asked to pay an address that is fixed in the code. */
function paidIn(module: ModuleModel, view: LensView): readonly Sighting[] {
  return view.usesOf(module).flatMap((use): readonly Sighting[] => {
    if (!ASKS_WALLET.test(use.path)) return [];
    const [order] = use.args;
    if (order === undefined) return [];
    const read = (value: Value, key: string): Value =>
      view.evaluator.memberOf(value, key, undefined);
    const isPayment = textsOf(read(order, "method")).includes("eth_sendTransaction");
    const payment = read(read(order, "params"), "0");
    const to = textsOf(read(payment, "to")).find((text) => ADDRESS.test(text) && !ZERO.test(text));
    if (!isPayment || to === undefined) return [];
    const message = `The wallet is asked to pay ${to}, which is written in the code.`;
    return [{ place: placeOf(use), message, severity: "high" }];
  });
}

const ASKS_WALLET = /^ethereum\.(?:request|send|sendAsync)$/;

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
  // A wallet puts its whole object into the page; who replaces one method of another's is between.
  const isWallet = /^(?:ethereum|solana)\.\w/.test(wrap.target?.text ?? "");
  // Wallet libraries bring fetch along for old browsers, and an address or two of contracts.
  if (addresses.size < ADDRESSES_MIN && !hasPattern && !isWallet) return [];
  const message = `${wrap.target?.text ?? "A shared function"} is replaced by code that holds ${String(addresses.size)} wallet addresses${
    hasPattern ? " and a pattern that finds others" : ""
  }.`;
  return [{ place: { module, offset: wrap.offset }, message }];
}
