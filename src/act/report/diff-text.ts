import type { CapabilityOccurrence } from "../../model/capability.ts";
import type { GainedCapability, PackageDiff } from "../../model/package-diff.ts";
import { printable } from "../../model/printable.ts";
import {
  changeText,
  HOW,
  manifestChanges,
  placeText,
  summaryText,
  targetText,
  wayText,
} from "./diff-words.ts";
import { type Layout, styled, wrapped } from "./layout.ts";

export interface DiffTitle {
  readonly from: string;
  readonly to: string;
}

const SHOWN_MAX = 40;

/** `veln diff` for people; ends in a line feed. */
export function diffPage(diff: PackageDiff, { from, to }: DiffTitle, layout: Layout): string {
  const { constants, files, anomalies, unknown } = diff;
  const list = (texts: readonly string[]): readonly string[] =>
    shortened(texts).flatMap((text) => hanging(text, layout));
  const sections = [
    [
      `${styled("bold", from, layout)} → ${styled("bold", to, layout)}`,
      ...wrapped(`${summaryText(diff)}.`, "", layout),
    ],
    section(
      "Can do now",
      cut(diff.gained).flatMap((item) => gainedLines(item, layout)),
      layout,
    ),
    section("Can do no more", list(diff.lost.map(lostText)), layout),
    section(
      "Hosts, commands and paths in the code",
      list([
        ...constants.added.map((item) => `+ ${item.text} (${item.file}:${String(item.line)})`),
        ...constants.removed.map((item) => `- ${item.text} (${item.file}:${String(item.line)})`),
      ]),
      layout,
    ),
    section("package.json", list(manifestChanges(diff).map(changeText)), layout),
    section(
      "Shape",
      list(anomalies.map(({ file, line, message }) => `${file}:${String(line)}: ${message}`)),
      layout,
    ),
    section(
      "Files",
      list([
        ...files.added.map((path) => `+ ${path}`),
        ...files.removed.map((path) => `- ${path}`),
        ...files.moved.map((move) => `${move.from} → ${move.to}`),
      ]),
      layout,
    ),
    section("Not known, which is not the same as clear", list(unknown), layout),
  ];
  const shown = sections.filter((lines) => lines.length > 0).map((lines) => lines.join("\n"));
  return `${shown.join("\n\n")}\n`;
}

function section(title: string, lines: readonly string[], layout: Layout): readonly string[] {
  return lines.length === 0 ? [] : [styled("bold", title, layout), ...lines];
}

function gainedLines(item: GainedCapability, layout: Layout): readonly string[] {
  const what = printable(`${item.api} ${targetText(item)}`.trim(), 200);
  const where = printable(`${placeText(item)}: ${HOW[item.how]}; ${wayText(item)}`, 500);
  const style = item.reachedFrom === "install-hook" ? "red" : "yellow";
  return [
    `  ${styled(style, item.capability, layout)} by ${what}`,
    ...wrapped(where, "      ", layout),
    ...wrapped(printable(item.excerpt, 200), "      ", layout).map((line) =>
      styled("dim", line, layout),
    ),
  ];
}

function lostText(item: CapabilityOccurrence): string {
  return `${item.capability} by ${item.api} ${targetText(item)} (${placeText(item)})`;
}

function hanging(text: string, layout: Layout): readonly string[] {
  return wrapped(printable(text, 500), "  ", layout);
}

function cut<Item>(items: readonly Item[]): readonly Item[] {
  return items.slice(0, SHOWN_MAX);
}

function shortened(texts: readonly string[]): readonly string[] {
  const more = texts.length - SHOWN_MAX;
  return more > 0 ? [...cut(texts), `… and ${String(more)} more`] : texts;
}
