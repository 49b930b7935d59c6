import { testSignal } from "../../../../test/support/signals.ts";
import { installsByDangerousCommand } from "./signal.ts";

testSignal(import.meta.dirname, installsByDangerousCommand);
