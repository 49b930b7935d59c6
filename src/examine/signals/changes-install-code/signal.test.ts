import { testSignal } from "../../../../test/support/signals.ts";
import { changesInstallCode } from "./signal.ts";

testSignal(import.meta.dirname, changesInstallCode);
