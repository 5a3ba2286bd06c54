import { stripVTControlCharacters } from "node:util";
import { expect, it } from "vitest";
import { type LogLine, runLine, terminalLine } from "./terminal-log.ts";

const AT = new Date(2030, 0, 2, 3, 4, 5).getTime();

function shown(line: Partial<LogLine>, style: { isColoured?: boolean; isVerbose?: boolean } = {}): string {
  return terminalLine(
    { level: "info", at: AT, message: "done", fields: {}, ...line },
    { isColoured: false, isVerbose: false, ...style },
  );
}

it("a line is the time, the level, the text, and the fields", () => {
  const fields = { task: "welcome", reason: "two words", n: 3, list: [1, "a"], none: undefined, empty: "" };
  expect(shown({ level: "warn", fields })).toBe(
    '03:04:05 WARN      done task=welcome reason="two words" n=3 list=[1,"a"] empty=""\n',
  );
});

it("the line of a run is its end, task, id and time, in the same columns", () => {
  const end = { level: "info", outcome: "succeeded", task: "welcome", id: "j1", durationMs: 11.6 } as const;
  const style = { isColoured: false, isVerbose: false };
  expect(runLine({ ...end, fields: {} }, AT, style)).toBe("03:04:05 succeeded welcome j1 12 ms\n");
  const dead = { ...end, level: "error", outcome: "dead", durationMs: undefined } as const;
  expect(runLine({ ...dead, fields: { reason: "exhausted" } }, AT, style)).toBe(
    "03:04:05 dead      welcome j1 reason=exhausted\n",
  );
});

const STACK = [
  "RangeError: first",
  "second",
  "    at push (node:internal/queue:1:1)",
  "    at lib (file:///app/node_modules/lib/index.js:2:2)",
  "    at work (file:///app/tasks.ts:3:9)",
  "    at next (/app/run.ts:4:1)",
  "caused by: Error: below",
].join("\n");
const ERR = { type: "RangeError", message: "first\nsecond", stack: STACK, code: "E1" };
const OWN = ["      at work (file:///app/tasks.ts:3:9)", "      at next (/app/run.ts:4:1)"];
const FOREIGN = [
  "      at push (node:internal/queue:1:1)",
  "      at lib (file:///app/node_modules/lib/index.js:2:2)",
];

it.each([
  ["without those of libraries", false, [...OWN, "      (2 more of libraries and Node: --verbose)"]],
  ["first, then the others, where all are wanted", true, [...OWN, ...FOREIGN]],
])("an error follows with the frames of the application %s, and its cause last", (_, isVerbose, frames) => {
  expect(shown({ level: "error", fields: { err: ERR, id: "j1" } }, { isVerbose }).split("\n")).toEqual([
    "03:04:05 ERROR     done id=j1",
    "    RangeError: first (E1)",
    "    second",
    ...frames,
    "    caused by: Error: below",
    "",
  ]);
  expect(shown({ fields: { cleanup: ERR } })).toContain("    cleanup: RangeError: first (E1)\n");
});

it("an error without frames of the application shows the others", () => {
  const err = { ...ERR, stack: STACK.split("\n").slice(0, 4).join("\n") };
  expect(shown({ fields: { err } }).split("\n").slice(3, 5)).toEqual(FOREIGN);
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
  const coloured = shown({ level: "error", fields }, { isColoured: true });
  expect(coloured).toContain("\u001b[31m");
  expect(stripVTControlCharacters(coloured)).toBe(shown({ level: "error", fields }));
});
