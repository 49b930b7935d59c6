import { testSignal } from "../../../../test/support/signals.ts";
import { addsYoungDependency } from "./signal.ts";

testSignal(import.meta.dirname, addsYoungDependency);
