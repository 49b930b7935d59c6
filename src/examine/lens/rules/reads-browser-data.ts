import type { Rule, Sighting } from "../rule.ts";
import { isLocalHost } from "../hosts.ts";
import type { LensView } from "../view.ts";
import type { Spotted } from "../../program/capabilities.ts";
import { isBrowserProfile, isWalletPath } from "../../program/credentials.ts";

export const readsBrowserData: Rule = {
  id: "reads-browser-data",
  title: "Goes through browser profiles or wallets",
  why:
    "Saved logins, cookies and wallet extensions lie in known folders. Code that knows several of them " +
    "and has the network at hand, or takes one and calls a fixed address, is collecting them.",
  example:
    'for (const p of ["Google/Chrome/Login Data", "Exodus/exodus.wallet"]) collect(home + "/" + p);',
  advice: "Do not install it, unless it is a tool for just that and from somebody you trust.",
  severity: "high",
  confidence: "medium",
  look: (view) => [
    ...view.capabilities.flatMap((spotted) => sightingOfTaken(spotted, view)),
    ...view.program.modules.flatMap((module): readonly Sighting[] => {
      const places = module.strings.filter(({ text }) => isPlace(text));
      const distinct = new Set(places.map(({ text }) => text));
      const [first] = places;
      if (first === undefined || distinct.size < 3) return [];
      const sends = view.usesOf(module).some((use) => use.spec?.takes === "send");
      const reads = view.usesOf(module).some((use) => use.path.startsWith("fs."));
      if (!reads) return [];
      const message = `${String(distinct.size)} places where browsers and wallets keep their data are known to this file${
        sends ? ", which also uses the network" : ""
      }.`;
      return [
        { place: { module, offset: first.offset }, message, severity: sends ? "high" : "low" },
      ];
    }),
  ],
};

/** One profile is enough where it is read or copied, and something is sent from the same file. */
function sightingOfTaken(spotted: Spotted, view: LensView): readonly Sighting[] {
  const { capability, target, module, offset } = spotted;
  if (capability !== "browser-profile" || target?.kind !== "path") return [];
  const sends = view.sends.filter((use) => use.module === module);
  const hosts = sends.flatMap((use) => view.hostsOf(use)).filter((host) => !isLocalHost(host));
  if (hosts.length === 0 || view.isReachedFrom(module, "bin")) return [];
  const message = `${target.text} is read by code that calls ${hosts.slice(0, 2).join(", ")}.`;
  return [{ place: { module, offset }, message, severity: "high" }];
}

/** One word could mean anything; a path, or the name of such a file, does not. */
function isPlace(text: string): boolean {
  if (FILES.test(text)) return true;
  return /[\\/]/.test(text) && (isBrowserProfile(`/${text}`) || isWalletPath(`/${text}/`));
}

const FILES =
  /^(?:Login Data|Web Data|Local Extension Settings|Local State|key4\.db|logins\.json|cookies\.sqlite|wallet\.dat|exodus\.wallet|[a-p]{32})$/;
