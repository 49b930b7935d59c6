import { testSignal } from "../../../../test/support/signals.ts";
import { nameImitatesPopular } from "./signal.ts";

testSignal(import.meta.dirname, nameImitatesPopular);
