import { canonicalJson, type Json, type JsonObject } from "../../../../src/model/canonical.ts";
import { at, flipped, otherSignature, put, type Path } from "../edit.ts";
import {
  type Mutation,
  ENTRIES,
  ENTRY,
  PROMISE,
  TIME,
  value,
  set,
  without,
  bytes,
  text,
  donated,
  both,
  where,
  plus,
  isLabelled,
  hasProof,
  hasPromise,
  stampCount,
  NO_PROMISE,
  refused,
  tolerated,
  listOf,
  PROOF,
} from "./mutation.ts";

const BODY: Path = [...ENTRY, "canonicalizedBody"];
const LOG_ID: Path = [...ENTRY, "logId", "keyId"];

export const ENTRY_MUTATIONS: readonly Mutation[] = [
  refused("no log entries", ["log-entry"], set(ENTRIES, [])),
  refused(
    "the log entry twice",
    ["log-entry"],
    value(ENTRIES, (found) => [...listOf(found), ...listOf(found)]),
  ),
  refused("the log entry twice, of other indices", ["log-entry"], (bundle) => {
    const entry = at(bundle, ENTRY);
    const copy = put(entry ?? null, ["logIndex"], "7");
    return put(bundle, ENTRIES, [entry ?? null, copy]) as JsonObject;
  }),
  refused(
    "a thousand log entries",
    ["bundle"],
    value(ENTRIES, (found) => Array.from({ length: 1000 }, () => listOf(found)[0] ?? null)),
  ),
  refused("the log entry of another", ["log-entry"], donated(ENTRY)),
  refused(
    "the log entry of another beside the right one",
    ["log-entry"],
    value(ENTRIES, (found, { donor }) => [...listOf(found), at(donor, ENTRY) ?? null]),
  ),
  refused("the next log index", ["log-promise", "log-inclusion"], plus([...ENTRY, "logIndex"], 1)),
  refused(
    "the first log index",
    ["log-promise", "log-inclusion"],
    set([...ENTRY, "logIndex"], "0"),
  ),
  refused(
    "a negative log index",
    ["bundle"],
    text([...ENTRY, "logIndex"], (count) => `-${count}`),
  ),
  refused(
    "a log index with a zero in front",
    ["bundle"],
    text([...ENTRY, "logIndex"], (count) => `0${count}`),
  ),
  refused(
    "a log index with a plus in front",
    ["bundle"],
    text([...ENTRY, "logIndex"], (count) => `+${count}`),
  ),
  refused(
    "a log index in other digits",
    ["bundle"],
    text([...ENTRY, "logIndex"], (count) => `0x${Number(count).toString(16)}`),
  ),
  refused(
    "a log index as a number",
    ["bundle"],
    value([...ENTRY, "logIndex"], (count) => Number(count)),
  ),
  refused(
    "a log index beyond exact numbers",
    ["bundle"],
    set([...ENTRY, "logIndex"], "9007199254740993"),
  ),
  refused(
    "a byte of the log's id",
    ["log-entry"],
    bytes(LOG_ID, (id) => flipped(id, 3)),
  ),
  refused(
    "the id of another trusted log",
    ["log-promise", "log-checkpoint"],
    bytes(LOG_ID, (id, { trust }) => {
      const other = trust.root.logs.find((log) => log.id !== id.toString("hex"));
      return other === undefined ? undefined : Buffer.from(other.id, "hex");
    }),
  ),
  refused(
    "a log's id cut short",
    ["log-entry"],
    bytes(LOG_ID, (id) => id.subarray(1)),
  ),
  refused("no log's id", ["bundle"], without([...ENTRY, "logId"])),
  refused("a second later", ["log-promise"], plus(TIME, 1)),
  refused("a day later", ["log-promise"], plus(TIME, 86_400)),
  refused("a time in the far future", ["log-promise"], set(TIME, "9007199254740991")),
  refused("no time for the promise", ["log-promise"], without(TIME)),
  refused("the time 0", ["log-promise"], set(TIME, "0")),
  refused(
    "a time that nobody promised",
    ["log-promise"],
    where(
      (bundle) => !hasPromise(bundle),
      (bundle) => put(bundle, TIME, "1750000000") as JsonObject,
    ),
  ),
  refused(
    "a byte of the body",
    ["log-entry", "log-promise"],
    bytes(BODY, (body) => flipped(body, -5)),
  ),
  refused(
    "a body with a space more",
    ["log-promise", "log-inclusion"],
    bytes(BODY, (body) => Buffer.from(body.toString().replace(":", ": "))),
  ),
  refused(
    "a body with a field more",
    ["log-promise", "log-inclusion"],
    bytes(BODY, (body) => Buffer.from(body.toString().replace("{", '{"a":1,'))),
  ),
  refused(
    "a body that is no JSON",
    ["log-entry"],
    bytes(BODY, (body) => body.subarray(1)),
  ),
  refused(
    "a body that is no object",
    ["log-entry"],
    bytes(BODY, () => Buffer.from("[]")),
  ),
  refused("an empty body", ["bundle"], set(BODY, "")),
  refused("the body of another", ["log-entry"], donated(BODY)),
  refused(
    "another kind of entry",
    ["log-entry"],
    set([...ENTRY, "kindVersion", "kind"], "rfc3161"),
  ),
  refused(
    "another version of entry",
    ["log-entry"],
    set([...ENTRY, "kindVersion", "version"], "9.9.9"),
  ),
  refused(
    "another kind in label and body",
    ["log-entry"],
    both(
      set([...ENTRY, "kindVersion", "kind"], "alpine"),
      bytes(BODY, (body) =>
        Buffer.from(canonicalJson(put(JSON.parse(body.toString()) as Json, ["kind"], "alpine"))),
      ),
    ),
  ),
  refused("no kind of entry", ["bundle"], without([...ENTRY, "kindVersion"])),
  refused(
    "a byte of the promise",
    ["log-promise"],
    bytes(PROMISE, (promise) => flipped(promise, -1)),
  ),
  refused(
    "a promise cut short",
    ["log-promise"],
    bytes(PROMISE, (promise) => promise.subarray(0, -1)),
  ),
  refused("an empty promise", ["bundle"], set(PROMISE, "")),
  refused("the promise of another", ["log-promise"], donated(PROMISE)),
  refused("no promise for the time", ["log-promise"], without([...ENTRY, "inclusionPromise"])),
  refused("no promise and no time", ["log-promise", "log-inclusion", "timestamp"], NO_PROMISE),
  refused(
    "no promise, no time, and the proof's index",
    ["timestamp"],
    where(
      (bundle) => stampCount(bundle) === 0 && hasProof(bundle) && !isLabelled("0.1")(bundle),
      both(
        NO_PROMISE,
        (bundle) =>
          put(
            bundle,
            [...ENTRY, "logIndex"],
            at(bundle, [...PROOF, "logIndex"]) ?? null,
          ) as JsonObject,
      ),
    ),
  ),
  tolerated(
    "the promise taken out where a timestamp remains",
    where(
      (bundle) => stampCount(bundle) > 0 && hasProof(bundle) && hasPromise(bundle),
      both(
        NO_PROMISE,
        (bundle) =>
          put(
            bundle,
            [...ENTRY, "logIndex"],
            at(bundle, [...PROOF, "logIndex"]) ?? null,
          ) as JsonObject,
      ),
    ),
  ),
  tolerated(
    "the promise's other signature",
    bytes(PROMISE, (promise) => otherSignature(promise)),
  ),
];
