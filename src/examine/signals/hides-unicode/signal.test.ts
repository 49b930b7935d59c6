import { testSignal } from "../../../../test/support/signals.ts";
import { hidesUnicode } from "./signal.ts";

testSignal(import.meta.dirname, hidesUnicode);
