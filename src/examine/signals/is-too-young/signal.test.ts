import { testSignal } from "../../../../test/support/signals.ts";
import { isTooYoung } from "./signal.ts";

testSignal(import.meta.dirname, isTooYoung);
