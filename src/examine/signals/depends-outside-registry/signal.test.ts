import { testSignal } from "../../../../test/support/signals.ts";
import { dependsOutsideRegistry } from "./signal.ts";

testSignal(import.meta.dirname, dependsOutsideRegistry);
