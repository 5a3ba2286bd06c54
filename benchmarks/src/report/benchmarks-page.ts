import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { BaselineOf } from "./baseline.ts";
import { pageImages, pageParts } from "./page-parts.ts";

const PAGE = fileURLToPath(new URL("../../../docs/benchmarks.md", import.meta.url));
const IMAGES = new URL("../../../docs/images/", import.meta.url);

/** Writes all generated parts of the page and all its images. @throws Error when the page has lost the markers of one. */
export function writePage(baselineOf: BaselineOf): void {
  let page = readFileSync(PAGE, "utf8");
  for (const [part, section] of Object.entries(pageParts(baselineOf))) {
    const { from, to } = findPart(page, part);
    page = page.slice(0, from) + section + page.slice(to);
  }
  writeFileSync(PAGE, page);
  for (const [name, image] of Object.entries(pageImages(baselineOf))) {
    const path = imagePath(name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, image);
  }
}

/** What stands between the markers of a part: a suite, `decide`, `overview` or `peers`. @throws Error without markers */
export function readPart(part: string): string {
  const page = readFileSync(PAGE, "utf8");
  const { from, to } = findPart(page, part);
  return page.slice(from, to);
}

/** An image as it stands in the repository. @throws Error when there is none. */
export function readImage(name: string): string {
  return readFileSync(imagePath(name), "utf8");
}

function imagePath(name: string): string {
  return fileURLToPath(new URL(name, IMAGES));
}

function findPart(page: string, part: string): { readonly from: number; readonly to: number } {
  const opening = `<!-- bench: ${part} -->\n`;
  const closing = `<!-- end of bench: ${part} -->`;
  const start = page.indexOf(opening);
  const to = page.indexOf(closing);
  if (start < 0 || to < start) throw new Error(`docs/benchmarks.md needs the lines ${opening}${closing}`);
  return { from: start + opening.length, to };
}
