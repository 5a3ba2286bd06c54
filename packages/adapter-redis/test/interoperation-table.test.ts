import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const PAGE = new URL("../../../docs/brokers/redis-and-bullmq.md", import.meta.url);

/** A link whose text is the title of a test in the file. */
const LINK = /\[((?:[^[\]]|\[[^\]]*\])+)\]\(([^)]+\.test\.ts)\)/g;

it("each test that the table of BullMQ names is in the file that it links", () => {
  const links = [...readFileSync(PAGE, "utf8").matchAll(LINK)].map(([, title = "", path = ""]) => [
    title,
    path,
  ]);
  const missing = links.filter(
    ([title = "", path = ""]) => !readFileSync(new URL(path, PAGE), "utf8").includes(`"${title}"`),
  );
  expect(missing).toEqual([]);
  expect(links.length).toBeGreaterThan(50);
});
