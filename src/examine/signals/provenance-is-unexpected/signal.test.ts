import { testSignal } from "../../../../test/support/signals.ts";
import { provenanceIsUnexpected } from "./signal.ts";

testSignal(import.meta.dirname, provenanceIsUnexpected);
