import { testSignal } from "../../../../test/support/signals.ts";
import { provenanceIsFalse } from "./signal.ts";

testSignal(import.meta.dirname, provenanceIsFalse);
