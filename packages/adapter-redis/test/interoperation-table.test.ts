import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const PAGE = new URL("../../../docs/brokers/redis-and-bullmq.md", import.meta.url);

/** A link whose text is the title of a test in the file. */
const LINK = /\[((?:[^[\]]|\[[^\]]*\])+)\]\(([^)]+\.test\.ts)\)/g;

/** The heads of the columns that say what works. Others explain. */
const DIRECTION = /→|^Bull Board$|^test$/;

/** Why nothing can happen in a direction, in at most five words. */
const NOTHING = /^nothing to \w+: \S+(?: \S+){0,4}$/;

/** A cell below the head of a column. */
interface Cell {
  readonly row: string;
  readonly head: string;
  readonly text: string;
}

describe("the tables of BullMQ", () => {
  const page = readFileSync(PAGE, "utf8");

  it("name tests that are in the file that they link", () => {
    const links = [...page.matchAll(LINK)].map(([, title = "", path = ""]) => [title, path]);
    const missing = links.filter(
      ([title = "", path = ""]) => !readFileSync(new URL(path, PAGE), "utf8").includes(`"${title}"`),
    );
    expect(missing).toEqual([]);
    expect(links.length).toBeGreaterThan(100);
  });

  it("have a test in each cell, or say why nothing can happen there", () => {
    const cells = readCells(page).filter(({ head }) => DIRECTION.test(head));
    const unproved = cells.filter(({ text }) => text.search(LINK) === -1 && !NOTHING.test(text));
    expect(unproved).toEqual([]);
    expect(cells.length).toBeGreaterThan(100);
  });
});

/** The cells of all tables but those of each first column, which names the row. */
function readCells(page: string): readonly Cell[] {
  const tables = page
    .split(/\n(?!\|)/)
    .map((block) => block.split("\n").filter((line) => line.startsWith("|")));
  return tables.flatMap(([headLine = "", , ...lines]) => {
    const heads = splitRow(headLine);
    return lines.flatMap((line) => {
      const [row = "", ...texts] = splitRow(line);
      return texts.map((text, index) => ({ row, head: heads[index + 1] ?? "", text }));
    });
  });
}

function splitRow(line: string): readonly string[] {
  const parts = line.split("|").slice(1, -1);
  return parts.map((part) => part.trim());
}
