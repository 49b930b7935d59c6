import { testSignal } from "../../../../test/support/signals.ts";
import { gainsDangerousCapability } from "./signal.ts";

testSignal(import.meta.dirname, gainsDangerousCapability);
