import { expect, it } from "vitest";
import { areNextSteps, isJoin } from "./fields.ts";

const job = { task: "a", params: {}, sig: "", queue: "default" };
const join = { id: "g", size: 2, index: 1, next: [job] };

it("takes jobs and groups of lines, nested", () => {
  expect(areNextSteps([])).toBe(true);
  expect(areNextSteps([{ ...job, takes: { x: "." }, delayMs: 0, domain: "eu" }])).toBe(true);
  expect(areNextSteps([{ group: [[job], [{ group: [[job, job]] }, job]] }, job])).toBe(true);
  expect(isJoin({ ...join, join: { ...join, index: 0, next: [] } })).toBe(true);
});

it.each([
  ["no list", job],
  ["no task", [{ ...job, task: "" }]],
  ["params a list", [{ ...job, params: [] }]],
  ["no sig", [{ ...job, sig: undefined }]],
  ["no queue", [{ ...job, queue: 1 }]],
  ["takes a number", [{ ...job, takes: { x: 1 } }]],
  ["a delay that is no number", [{ ...job, delayMs: "1" }]],
  ["a negative priority", [{ ...job, priority: -1 }]],
  ["an empty line", [{ group: [[]] }]],
  ["a group that is no list", [{ group: {} }]],
  ["a step that is null", [null]],
])("refuses steps with %s [F50]", (_, steps) => {
  expect(areNextSteps(steps)).toBe(false);
});

it.each([
  ["no object", []],
  ["an index past the end", { ...join, index: 2 }],
  ["no id", { ...join, id: undefined }],
  ["no steps", { ...join, next: undefined }],
  ["an outer join that is none", { ...join, join: {} }],
])("refuses a join with %s [F50]", (_, value) => {
  expect(isJoin(value)).toBe(false);
});

it("refuses nesting without end instead of overflowing the stack [F50]", () => {
  let steps: unknown[] = [job];
  for (let depth = 0; depth < 10_000; depth++) steps = [{ group: [steps] }];
  expect(areNextSteps(steps)).toBe(false);
});
