import { testSignal } from "../../../../test/support/signals.ts";
import { bytesDifferFromFirstSeen } from "./signal.ts";

testSignal(import.meta.dirname, bytesDifferFromFirstSeen);
