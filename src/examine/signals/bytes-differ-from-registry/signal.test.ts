import { testSignal } from "../../../../test/support/signals.ts";
import { bytesDifferFromRegistry } from "./signal.ts";

testSignal(import.meta.dirname, bytesDifferFromRegistry);
