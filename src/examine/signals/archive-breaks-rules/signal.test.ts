import { testSignal } from "../../../../test/support/signals.ts";
import { archiveBreaksRules } from "./signal.ts";

testSignal(import.meta.dirname, archiveBreaksRules);
