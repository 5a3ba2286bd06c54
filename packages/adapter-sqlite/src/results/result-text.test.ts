import type { JobResult } from "@jobs/core";
import { describe, expect, it } from "vitest";
import { resultText } from "./result-text.ts";

const success: JobResult = {
  id: "job-1",
  task: "add",
  queue: "default",
  status: "succeeded",
  value: { sum: 3, of: ["1", "2"] },
  attempt: 1,
  enqueuedAt: 1_790_000_000_000,
  finishedAt: 1_790_000_000_001,
};

const { enqueuedAt: _, ...withoutUse } = success;
const { value: __, ...withoutValue } = success;

describe("the text of a result is that of JSON.stringify", () => {
  it.each<readonly [what: string, result: JobResult]>([
    ["a success", success],
    ["no value", { ...success, value: null }],
    ["a text as its value", { ...success, value: 'a "quote" and \ud800' }],
    ["a quote in its id", { ...success, id: 'a"b' }],
    ["a backslash in its task", { ...success, task: "a\\b" }],
    ["a line break in its queue", { ...success, queue: "a\nb" }],
    ["half of a pair in its id", { ...success, id: "\udc00" }],
    ["another alphabet", { ...success, task: "añadir 加" }],
    ["numbers with fractions", { ...success, finishedAt: 1.5e-7 }],
    ["no number", { ...success, enqueuedAt: Number.NaN }],
    ["an infinite number", { ...success, attempt: Number.POSITIVE_INFINITY }],
    ["a member that is undefined", { ...success, value: undefined }],
    ["a value that is no JSON", { ...success, value: () => 1 }],
    ["no use of its id", withoutUse],
    ["no value at all", withoutValue],
    ["taken follow-ups", { ...success, hasTakenFollowups: true }],
    ["follow-ups in the place of a value", { ...withoutValue, hasTakenFollowups: true }],
    ["an error", { ...success, status: "dead", error: { name: "Error", message: "no" } }],
    ["a cancelled job", { ...success, status: "cancelled" }],
  ])("%s", (_, result) => {
    expect(resultText(result)).toBe(JSON.stringify(result));
  });
});
