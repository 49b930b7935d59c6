import { testSignal } from "../../../../test/support/signals.ts";
import { sourceIsSuspicious } from "./signal.ts";

testSignal(import.meta.dirname, sourceIsSuspicious);
