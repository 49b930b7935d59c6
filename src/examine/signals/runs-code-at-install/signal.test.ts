import { testSignal } from "../../../../test/support/signals.ts";
import { runsCodeAtInstall } from "./signal.ts";

testSignal(import.meta.dirname, runsCodeAtInstall);
