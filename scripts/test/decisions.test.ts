import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const FOLDER = new URL("../../docs/adr/", import.meta.url);
const FILES = readdirSync(FOLDER).filter((name) => /^\d{4}-/.test(name));

it("each decision has a number of its own, the same in its name and its title", () => {
  const titled = FILES.map((name) => {
    const [title = ""] = readFileSync(new URL(name, FOLDER), "utf8").split("\n", 1);
    return `${/^# (\d+)\. /.exec(title)?.[1]?.padStart(4, "0")}-${name.slice(5)}`;
  });
  expect(titled).toEqual(FILES);
  expect(new Set(FILES.map((name) => name.slice(0, 4))).size).toBe(FILES.length);
});
