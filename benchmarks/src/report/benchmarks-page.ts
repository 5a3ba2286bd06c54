import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const PAGE = fileURLToPath(new URL("../../../docs/benchmarks.md", import.meta.url));
const CHART = fileURLToPath(new URL("../../../docs/images/benchmarks.svg", import.meta.url));

/** Replaces the chart that README.md and the page show. */
export function writeChart(image: string): void {
  mkdirSync(dirname(CHART), { recursive: true });
  writeFileSync(CHART, image);
}

/** The chart as it stands in the repository. @throws Error when there is none. */
export function readChart(): string {
  return readFileSync(CHART, "utf8");
}

/** Puts `section` between the markers of a part: a suite, or `overview`. @throws Error when the page has lost them. */
export function writeToPage(part: string, section: string): void {
  const page = readFileSync(PAGE, "utf8");
  const { from, to } = findPart(page, part);
  writeFileSync(PAGE, page.slice(0, from) + section + page.slice(to));
}

/** What stands between the markers of a part. @throws Error when the page has lost them. */
export function readPart(part: string): string {
  const page = readFileSync(PAGE, "utf8");
  const { from, to } = findPart(page, part);
  return page.slice(from, to);
}

function findPart(page: string, part: string): { readonly from: number; readonly to: number } {
  const opening = `<!-- bench: ${part} -->\n`;
  const closing = `<!-- end of bench: ${part} -->`;
  const start = page.indexOf(opening);
  const to = page.indexOf(closing);
  if (start < 0 || to < start) throw new Error(`docs/benchmarks.md needs the lines ${opening}${closing}`);
  return { from: start + opening.length, to };
}
