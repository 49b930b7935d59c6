import { foundOrClear } from "../../../model/examination.ts";
import { finding } from "../../../model/finding.ts";
import type { Signal } from "../../signal.ts";

export const archiveBreaksRules: Signal<"archive"> = {
  id: "archive-breaks-rules",
  version: 1,
  title: "The tarball breaks a rule of the archive reader",
  rationale:
    "Package managers disagree about archives that are malformed, leave their folder, link out of it or hide a second reading. " +
    "Such a tarball cannot be examined, because nobody can say what a given client would unpack. Honest packers do not write them: ask the publisher for a clean release.",
  needs: ["archive"],
  examine({ archive }) {
    if (archive.state === "read") return foundOrClear([]);
    return foundOrClear([
      finding("archive-breaks-rules", archive.rule, "critical", "high", archive.message, {
        ...(archive.path === undefined ? {} : { file: archive.path }),
      }),
    ]);
  },
};
