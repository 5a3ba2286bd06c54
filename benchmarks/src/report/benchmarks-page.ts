import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const PAGE = fileURLToPath(new URL("../../../docs/benchmarks.md", import.meta.url));

/** Puts `section` between the markers of a suite. @throws Error when the page has lost them. */
export function writeToPage(suite: string, section: string): void {
  const page = readFileSync(PAGE, "utf8");
  const opening = `<!-- bench: ${suite} -->\n`;
  const closing = `<!-- end of bench: ${suite} -->`;
  const from = page.indexOf(opening);
  const to = page.indexOf(closing);
  if (from < 0 || to < from) throw new Error(`docs/benchmarks.md needs the lines ${opening}${closing}`);
  writeFileSync(PAGE, page.slice(0, from + opening.length) + section + page.slice(to));
}
