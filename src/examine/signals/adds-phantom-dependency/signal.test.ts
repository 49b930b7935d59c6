import { testSignal } from "../../../../test/support/signals.ts";
import { addsPhantomDependency } from "./signal.ts";

testSignal(import.meta.dirname, addsPhantomDependency);
