import { testSignal } from "../../../../test/support/signals.ts";
import { manifestDiffersFromRegistry } from "./signal.ts";

testSignal(import.meta.dirname, manifestDiffersFromRegistry);
