import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, it } from "vitest";

const PAGE = "docs/internals.md";
const ROOT = new URL("../../", import.meta.url).pathname;

interface Entry {
  readonly path: string;
  /** Reached through an interface, which the page names. */
  readonly isBehind: boolean;
}

/** The list under a heading, in order. */
function listUnder(heading: string): readonly Entry[] {
  const page = readFileSync(join(ROOT, PAGE), "utf8");
  const [, rest = ""] = page.split(`### ${heading}\n`);
  const [section = ""] = rest.split("\n#");
  const lines = section.matchAll(/^\d+\. \[[^\]]*\]\(\.\.\/([^)]+)\): (behind `)?/gm);
  return [...lines].map(([, path = "", behind]) => ({ path, isBehind: behind !== undefined }));
}

const packageOf = ({ path }: Entry) => path.split("/", 2).join("/");

/** Whether one of these files names another in an import. */
function isReached({ path }: Entry, entries: readonly Entry[]): boolean {
  const written = `/${basename(path)}"`;
  const others = entries.filter((one) => one.path !== path);
  return others.some((one) => readFileSync(join(ROOT, one.path), "utf8").includes(written));
}

it.each([
  { heading: "From `app.enqueue` to a row of SQLite", most: 15 },
  { heading: "From a receive to its settlement", most: 25 },
  { heading: "From `jobs enqueue` to a request to SQS", most: 25 },
])(
  "$heading takes at most $most files, and each is imported by another or behind an interface",
  ({ heading, most }) => {
    const entries = listUnder(heading);
    expect(entries.length).toBeGreaterThan(10);
    expect(entries.length).toBeLessThanOrEqual(most);
    expect(entries.filter(({ path }) => !existsSync(join(ROOT, path)))).toEqual([]);
    const unreached = entries.filter((entry, index) => {
      const before = entries[index - 1];
      const isFirst = before === undefined || packageOf(before) !== packageOf(entry);
      return !isFirst && !entry.isBehind && !isReached(entry, entries);
    });
    expect(unreached).toEqual([]);
  },
);
