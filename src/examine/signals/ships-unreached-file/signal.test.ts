import { testSignal } from "../../../../test/support/signals.ts";
import { shipsUnreachedFile } from "./signal.ts";

testSignal(import.meta.dirname, shipsUnreachedFile);
