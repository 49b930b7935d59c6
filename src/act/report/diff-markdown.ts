import type { CapabilityOccurrence } from "../../model/capability.ts";
import type { GainedCapability, PackageDiff, SourcePassage } from "../../model/package-diff.ts";
import { printable } from "../../model/printable.ts";
import type { DiffTitle } from "./diff-text.ts";
import {
  changeText,
  HOW,
  manifestChanges,
  placeText,
  summaryText,
  targetText,
  WHEN,
} from "./diff-words.ts";

const SHOWN_MAX = 50;

/** `veln diff --markdown`: what was gained, with the code of both versions side by side. */
export function diffMarkdown(diff: PackageDiff, { from, to }: DiffTitle): string {
  const { constants, files, anomalies, unknown } = diff;
  const parts = [
    `# ${code(from)} → ${code(to)}`,
    `${summaryText(diff)}.`,
    section("Can do now", diff.gained.slice(0, SHOWN_MAX).map(gainedPart), "\n\n"),
    section("Can do no more", diff.lost.map(lostItem)),
    section("Hosts, commands and paths in the code", [
      ...constants.added.map((item) => `- new: ${code(item.text)} in ${code(item.file)}`),
      ...constants.removed.map((item) => `- gone: ${code(item.text)} in ${code(item.file)}`),
    ]),
    section(
      "package.json",
      manifestChanges(diff).map((change) => `- ${code(changeText(change))}`),
    ),
    section(
      "Shape",
      anomalies.map(
        ({ file, line, message }) => `- ${code(`${file}:${String(line)}`)}: ${message}`,
      ),
    ),
    section("Files", [
      ...files.added.map((path) => `- added: ${code(path)}`),
      ...files.removed.map((path) => `- removed: ${code(path)}`),
      ...files.moved.map((move) => `- moved: ${code(move.from)} → ${code(move.to)}`),
    ]),
    section(
      "Not known, which is not the same as clear",
      unknown.map((why) => `- ${code(why)}`),
    ),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function section(title: string, items: readonly string[], between = "\n"): string {
  if (items.length === 0) return "";
  const more = items.length - SHOWN_MAX;
  const shown = more > 0 ? [...items.slice(0, SHOWN_MAX), `- … and ${String(more)} more`] : items;
  return `## ${title}\n\n${shown.join(between)}`;
}

function gainedPart(item: GainedCapability): string {
  const target = item.target === undefined ? "" : ` ${code(targetText(item))}`;
  const way = item.via.length > 1 ? `, through ${item.via.map(code).join(" → ")}` : "";
  return [
    `### ${item.capability} by ${code(item.api)}${target}`,
    `${code(placeText(item))}: ${HOW[item.how]}; ${WHEN[item.reachedFrom]}${way}.`,
    sideBySide(item.before, item.after),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function lostItem(item: CapabilityOccurrence): string {
  return `- ${item.capability} by ${code(`${item.api} ${targetText(item)}`.trim())} in ${code(placeText(item))}`;
}

/** Lines that both have stand in one row. */
function sideBySide(before: SourcePassage | undefined, after: SourcePassage | undefined): string {
  if (after === undefined) return "";
  const rows = aligned(before?.lines ?? [], after.lines).map(
    ([left, right]) => `| ${cell(left)} | ${cell(right)} |`,
  );
  const title = (passage: SourcePassage | undefined): string =>
    passage === undefined ? "not there" : code(`${passage.file}:${String(passage.firstLine)}`);
  return [`| before: ${title(before)} | after: ${title(after)} |`, "| --- | --- |", ...rows].join(
    "\n",
  );
}

type Row = readonly [left: string | undefined, right: string | undefined];

/** Passages are a few lines long, so the simplest walk does. */
function aligned(before: readonly string[], after: readonly string[]): readonly Row[] {
  const rows: Row[] = [];
  let left = 0;
  for (const line of after) {
    const same = before.findIndex((other, at) => at >= left && other.trim() === line.trim());
    if (same === -1) rows.push([undefined, line]);
    else {
      rows.push(...before.slice(left, same).map((other): Row => [other, undefined]));
      rows.push([before[same], line]);
      left = same + 1;
    }
  }
  return [...rows, ...before.slice(left).map((other): Row => [other, undefined])];
}

function cell(line: string | undefined): string {
  return line === undefined || line.trim() === "" ? "" : code(line);
}

/** Strangers' text as code, which no text of theirs can end: nothing in it is read as Markdown. */
function code(text: string): string {
  const shown = printable(text, 500).replaceAll("|", "\\|");
  const longest = Math.max(0, ...(shown.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  return longest === 0 && shown.trim() === shown && shown !== ""
    ? `${fence}${shown}${fence}`
    : `${fence} ${shown} ${fence}`;
}
