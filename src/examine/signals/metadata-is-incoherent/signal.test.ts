import { testSignal } from "../../../../test/support/signals.ts";
import { metadataIsIncoherent } from "./signal.ts";

testSignal(import.meta.dirname, metadataIsIncoherent);
