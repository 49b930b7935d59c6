import { foundDespite, type SignalResult } from "../../../model/examination.ts";
import { lens, LENS_ID } from "../../lens/lens.ts";
import type { Signal } from "../../signal.ts";

export const sourceIsSuspicious: Signal<"manifest" | "files" | "sources"> = {
  id: LENS_ID,
  version: 1,
  title: "Has code that does what no library needs",
  rationale:
    "Lens follows values through the code of the package: what is collected and sent, fetched and run, " +
    "hidden and decoded. `veln lens --explain ID` tells what each finding means and what to do about it.",
  needs: ["manifest", "files", "sources"],
  isHeavy: true,
  examine({ manifest, files, sources }, _stop, soFar): SignalResult {
    const { findings, unread, isSpent } = lens(manifest, files, sources, (found) => {
      soFar(foundDespite(found, []));
    });
    return foundDespite(findings, unread, { isCutShort: isSpent });
  },
};
