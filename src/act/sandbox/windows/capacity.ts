import type { Capacity } from "../room.ts";

/** What Veln can isolate on Windows: nothing yet. */
export const WINDOWS_CAPACITY: Capacity = {
  isolations: [],
  lacks: [
    {
      what: "isolation on Windows",
      why: "Veln has no sandbox for Windows yet, so install scripts would run with all your rights.",
      remedy:
        "Work inside WSL 2 or a Linux container, where Veln isolates them, or install with scripts switched off (npm config set ignore-scripts true).",
    },
  ],
};
