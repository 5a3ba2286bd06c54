import { stripVTControlCharacters } from "node:util";
import { expect, it } from "vitest";
import { type LogLine, terminalLine } from "./terminal-log.ts";

const AT = new Date(2030, 0, 2, 3, 4, 5).getTime();

function shown(line: Partial<LogLine>, isColoured = false): string {
  return terminalLine({ level: "info", at: AT, message: "done", fields: {}, ...line }, isColoured);
}

it("a line is the time, the level, the text, and the fields", () => {
  const fields = { task: "welcome", reason: "two words", n: 3, list: [1, "a"], none: undefined, empty: "" };
  expect(shown({ level: "warn", fields })).toBe(
    '03:04:05 WARN  done task=welcome reason="two words" n=3 list=[1,"a"] empty=""\n',
  );
});

it("an error follows with the application's own frames first, and its cause last", () => {
  const stack = [
    "RangeError: first",
    "second",
    "    at push (node:internal/queue:1:1)",
    "    at lib (file:///app/node_modules/lib/index.js:2:2)",
    "    at work (file:///app/tasks.ts:3:9)",
    "    at next (/app/run.ts:4:1)",
    "caused by: Error: below",
  ].join("\n");
  const err = { type: "RangeError", message: "first\nsecond", stack, code: "E1" };
  expect(shown({ level: "error", fields: { err, id: "j1" } }).split("\n")).toEqual([
    "03:04:05 ERROR done id=j1",
    "    RangeError: first (E1)",
    "    second",
    "      at work (file:///app/tasks.ts:3:9)",
    "      at next (/app/run.ts:4:1)",
    "      at push (node:internal/queue:1:1)",
    "      at lib (file:///app/node_modules/lib/index.js:2:2)",
    "    caused by: Error: below",
    "",
  ]);
  expect(shown({ fields: { cleanup: err } })).toContain("    cleanup: RangeError: first (E1)\n");
});

it("control characters of data never reach the terminal, wherever they stand", () => {
  const evil = "\u001b[2J\u0007\u202e\u009b1m\r";
  const err = {
    type: evil,
    message: `${evil}\n${evil}`,
    stack: `${evil}\n    at ${evil}\n${evil}`,
    code: evil,
  };
  const text = shown({
    message: `${evil}\n${evil}`,
    fields: { [evil]: evil, deep: { [evil]: [evil] }, err },
  });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  expect(text.split("\n")[0]).toContain("\\u001b[2J");
});

it("colours change nothing but the colours", () => {
  const fields = { a: 1, err: { type: "E", message: "m", stack: "E: m\n    at x (node:y:1:1)" } };
  const coloured = shown({ level: "error", fields }, true);
  expect(coloured).toContain("\u001b[31m");
  expect(stripVTControlCharacters(coloured)).toBe(shown({ level: "error", fields }));
});
