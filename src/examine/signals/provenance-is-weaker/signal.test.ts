import { testSignal } from "../../../../test/support/signals.ts";
import { provenanceIsWeaker } from "./signal.ts";

testSignal(import.meta.dirname, provenanceIsWeaker);
