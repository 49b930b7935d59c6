/** The value below which `part` (0–1) of the figures lie, by nearest rank; NaN of none. */
export function quantile(figures: readonly number[], part: number): number {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN;
}

/** The middle value, or the mean of the two in the middle; NaN of none. */
export function median(figures: readonly number[]): number {
  return (
    (quantile(figures, 0.5) +
      -quantile(
        figures.map((figure) => -figure),
        0.5,
      )) /
    2
  );
}

/** `1.23 (1.10–1.40)`: median, least and greatest; a dash of none. */
export function spread(figures: readonly number[], digits: number): string {
  if (figures.length === 0) return "–";
  const [low, high] = [Math.min(...figures), Math.max(...figures)];
  return `${median(figures).toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`;
}

/** Nothing at all when there are no rows. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  if (rows.length === 0) return "";
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", String.raw`\|`)).join(" | ")} |\n`;
  return [head, head.map(() => "---"), ...rows].map(line).join("");
}
