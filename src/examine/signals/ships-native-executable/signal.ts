import { CLEAR, foundOrClear, type SignalResult } from "../../../model/examination.ts";
import { type Finding, finding, type Severity } from "../../../model/finding.ts";
import type { FileEntry, FileTree } from "../../../model/file-tree.ts";
import { predecessorOf } from "../../../model/release.ts";
import { type Ask, ASK_PREVIOUS_FILES, type Inputs, type Signal } from "../../signal.ts";
import { isDeclared, isDisguised } from "./declared.ts";
import { HEAD_BYTES, nativeFormat, type NativeFormat } from "./formats.ts";

const ID = "ships-native-executable";

export const shipsNativeExecutable: Signal<
  "artifact" | "manifest" | "files",
  "history" | "previousFiles"
> = {
  id: ID,
  version: 2,
  title: "Ships native executables",
  rationale:
    "Machine code cannot be read like source, and whatever it does it does with your rights. Where " +
    "a package announces it (prebuilt files, platform packages) it is normal; where it turns up " +
    "unannounced or under the name of something else, ask why.",
  needs: ["artifact", "manifest", "files"],
  likes: ["history", "previousFiles"],
  examine(inputs): SignalResult | Ask {
    const { manifest, files } = inputs;
    const natives = nativesOf(files);
    if (natives.length === 0) return CLEAR;
    const disguised = natives.filter(({ entry }) => isDisguised(entry.path));
    const undeclared = natives.filter(
      (native) => !disguised.includes(native) && !isDeclared(native.entry, manifest),
    );
    if (undeclared.length > 0 && inputs.previousFiles === undefined && hasPredecessor(inputs)) {
      return ASK_PREVIOUS_FILES;
    }
    const findings = [
      ...disguised.map(disguisedFinding),
      ...undeclared.map((native) => undeclaredFinding(native, inputs)),
    ];
    return foundOrClear(findings.length > 0 ? findings : [declaredFinding(natives)]);
  },
};

interface Native {
  readonly entry: FileEntry;
  readonly format: NativeFormat;
}

function nativesOf(files: FileTree): readonly Native[] {
  return files.entries.flatMap((entry) => {
    const format = nativeFormat(files.bytes(entry).subarray(0, HEAD_BYTES));
    return format === undefined ? [] : [{ entry, format }];
  });
}

type Given = Pick<Inputs, "artifact" | "manifest" | "files"> &
  Partial<Pick<Inputs, "history" | "previousFiles">>;

function hasPredecessor({ artifact, history }: Given): boolean {
  return history !== undefined && predecessorOf(artifact.ref.version, history) !== undefined;
}

function disguisedFinding({ entry, format }: Native): Finding {
  const message = `${entry.path} is a native executable (${format}) under the name of something else.`;
  return finding(ID, "disguised", "high", "high", message, { file: entry.path });
}

function undeclaredFinding(native: Native, inputs: Given): Finding {
  const { path } = native.entry;
  const [severity, how] = noveltyOf(path, inputs);
  const message = `${path} is a native executable (${native.format}) that nothing in package.json announces${how}`;
  return finding(ID, "undeclared", severity, "medium", message, { file: path });
}

function noveltyOf(path: string, inputs: Given): readonly [Severity, string] {
  const { previousFiles } = inputs;
  if (previousFiles === undefined) return ["medium", "."];
  // Other builds of it, and other folders for it, are not news.
  const name = fileName(path);
  const wasNative = nativesOf(previousFiles).some(({ entry }) => fileName(entry.path) === name);
  return wasNative
    ? ["low", "; the version before had it too."]
    : ["high", ", and it is new in this version."];
}

function fileName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function declaredFinding(natives: readonly Native[]): Finding {
  const [first] = natives;
  const paths = `${first?.entry.path ?? ""}${natives.length > 1 ? ` and ${String(natives.length - 1)} more` : ""}`;
  const message = `The package ships native executables, as it announces: ${paths}.`;
  return finding(ID, "declared", "info", "high", message, { file: first?.entry.path ?? "" });
}
