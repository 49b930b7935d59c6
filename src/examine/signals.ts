import type { Inputs, Signal } from "./signal.ts";
import { addsPhantomDependency } from "./signals/adds-phantom-dependency/signal.ts";
import { addsYoungDependency } from "./signals/adds-young-dependency/signal.ts";
import { archiveBreaksRules } from "./signals/archive-breaks-rules/signal.ts";
import { bytesDifferFromFirstSeen } from "./signals/bytes-differ-from-first-seen/signal.ts";
import { bytesDifferFromRegistry } from "./signals/bytes-differ-from-registry/signal.ts";
import { changesInstallCode } from "./signals/changes-install-code/signal.ts";
import { dependsOnMissingName } from "./signals/depends-on-missing-name/signal.ts";
import { dependsOutsideRegistry } from "./signals/depends-outside-registry/signal.ts";
import { gainsDangerousCapability } from "./signals/gains-dangerous-capability/signal.ts";
import { hidesUnicode } from "./signals/hides-unicode/signal.ts";
import { installsByDangerousCommand } from "./signals/installs-by-dangerous-command/signal.ts";
import { isTooYoung } from "./signals/is-too-young/signal.ts";
import { manifestDiffersFromRegistry } from "./signals/manifest-differs-from-registry/signal.ts";
import { metadataIsIncoherent } from "./signals/metadata-is-incoherent/signal.ts";
import { nameImitatesPopular } from "./signals/name-imitates-popular/signal.ts";
import { provenanceIsFalse } from "./signals/provenance-is-false/signal.ts";
import { provenanceIsUnexpected } from "./signals/provenance-is-unexpected/signal.ts";
import { provenanceIsWeaker } from "./signals/provenance-is-weaker/signal.ts";
import { runsCodeAtInstall } from "./signals/runs-code-at-install/signal.ts";
import { shipsNativeExecutable } from "./signals/ships-native-executable/signal.ts";
import { shipsUnreachedFile } from "./signals/ships-unreached-file/signal.ts";
import { sourceIsSuspicious } from "./signals/source-is-suspicious/signal.ts";

/** Every signal, by hand, one line each. A test compares this list with the folders. */
export const SIGNALS: readonly AnySignal[] = [
  addsPhantomDependency,
  addsYoungDependency,
  archiveBreaksRules,
  bytesDifferFromFirstSeen,
  bytesDifferFromRegistry,
  changesInstallCode,
  dependsOnMissingName,
  dependsOutsideRegistry,
  gainsDangerousCapability,
  hidesUnicode,
  installsByDangerousCommand,
  isTooYoung,
  manifestDiffersFromRegistry,
  metadataIsIncoherent,
  nameImitatesPopular,
  provenanceIsFalse,
  provenanceIsUnexpected,
  provenanceIsWeaker,
  runsCodeAtInstall,
  shipsNativeExecutable,
  shipsUnreachedFile,
  sourceIsSuspicious,
];

/** Any signal, whatever it needs: the runner alone hands inputs over, after looking at `needs`. */
export type AnySignal = Signal<keyof Inputs, keyof Inputs>;
