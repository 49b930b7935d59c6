import type { Inputs, Signal } from "./signal.ts";
import { changesInstallCode } from "./signals/changes-install-code/signal.ts";
import { hidesUnicode } from "./signals/hides-unicode/signal.ts";
import { installsByDangerousCommand } from "./signals/installs-by-dangerous-command/signal.ts";
import { runsCodeAtInstall } from "./signals/runs-code-at-install/signal.ts";
import { shipsNativeExecutable } from "./signals/ships-native-executable/signal.ts";
import { shipsUnreachedFile } from "./signals/ships-unreached-file/signal.ts";

/** Every signal there is, by hand, one line each. A test compares the list with the folders. */
export const SIGNALS: readonly AnySignal[] = [
  changesInstallCode,
  hidesUnicode,
  installsByDangerousCommand,
  runsCodeAtInstall,
  shipsNativeExecutable,
  shipsUnreachedFile,
];

/** Any signal, whatever it needs: the runner alone hands inputs over, after looking at `needs`. */
export type AnySignal = Signal<keyof Inputs, keyof Inputs>;
