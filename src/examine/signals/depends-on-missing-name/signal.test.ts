import { testSignal } from "../../../../test/support/signals.ts";
import { dependsOnMissingName } from "./signal.ts";

testSignal(import.meta.dirname, dependsOnMissingName);
