import type { Rule, Sighting } from "../rule.ts";
import { credentialAt } from "../../program/credentials.ts";
import { HOME_FOLDER } from "../../program/paths.ts";
import { NEVER, textsOf } from "../../program/value.ts";

export const collectsSecrets: Rule = {
  id: "collects-secrets",
  title: "Knows many places where secrets are kept",
  why:
    "A tool reads the configuration of the service that it is for. Code that lists the keys and tokens of " +
    "many services, reads files and has the network at hand is collecting them.",
  example:
    'for (const f of [".npmrc", ".ssh/id_rsa", ".aws/credentials", ".kube/config"]) read(home, f);',
  advice: "Do not install it, unless it is a secret scanner from somebody you trust.",
  severity: "high",
  confidence: "medium",
  look: (view) =>
    view.program.modules.flatMap((module): readonly Sighting[] => {
      const places = module.strings.flatMap(({ text, offset }) => {
        const kind =
          text.length > 100
            ? undefined
            : credentialAt(`${HOME_FOLDER}/${text.replace(/^~?\//, "")}`);
        return kind === undefined ? [] : [{ kind, offset }];
      });
      const kinds = new Set(places.map(({ kind }) => kind));
      const [first] = places;
      if (first === undefined || kinds.size < KINDS_MIN) return [];
      const uses = view.usesOf(module);
      const reads = uses.filter((use) => use.spec?.capability === "file-read");
      const sends = uses.some((use) => use.spec?.takes === "send" || use.spec?.takes === "spawn");
      if (reads.length === 0) return [];
      // Tools that keep agents and backups away from secrets list the same places in a large bundle.
      const opens = reads.some(
        ({ args: [path], call }) =>
          places.some(({ offset }) => Math.abs(offset - call.node.start) <= NEAR_CHARACTERS) ||
          textsOf(path ?? NEVER).some((text) => credentialAt(text) !== undefined),
      );
      const message = `This file knows where ${[...kinds].slice(0, 5).join(", ")} are kept${
        sends ? ", reads files and uses the network or other programs" : " and reads files"
      }.`;
      const severity = sends && opens ? "high" : "medium";
      return [{ place: { module, offset: first.offset }, message, severity }];
    }),
};

const KINDS_MIN = 4;
const NEAR_CHARACTERS = 8_000;
