import { testSignal } from "../../../../test/support/signals.ts";
import { shipsNativeExecutable } from "./signal.ts";

testSignal(import.meta.dirname, shipsNativeExecutable);
