import type { Rule } from "../rule.ts";
import { placeOf } from "../view.ts";
import { textsOf } from "../../program/value.ts";

export const readsProcessMemory: Rule = {
  id: "reads-process-memory",
  title: "Reads the memory of other processes",
  why:
    "The memory of a CI runner holds the secrets that its log masks. Reading it is how several worms " +
    "got at them; libraries have no reason to.",
  example: "fs.readFileSync(`/proc/${pid}/mem`);",
  advice: "Do not install it. Replace every secret of a CI system where it has run.",
  severity: "critical",
  confidence: "high",
  look: (view) =>
    view.program.uses.flatMap((use) => {
      if (use.spec?.capability !== "file-read") return [];
      const [path] = use.args;
      const memory =
        path === undefined ? undefined : textsOf(path).find((text) => MEMORY.test(text));
      return memory === undefined ? [] : [{ place: placeOf(use), message: `${memory} is read.` }];
    }),
};

const MEMORY = /^\/proc\/(?!self\/)(?:…|\d+)\/(?:mem|environ)$/;
