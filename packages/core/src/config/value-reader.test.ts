import { describe, expect, it } from "vitest";
import { backoffReader } from "./backoff-reader.ts";
import { ROOT_SETTINGS } from "./root-settings.ts";
import { TASK_SETTINGS } from "./task-settings.ts";
import { booleanReader, integerReader, nameReader } from "./value-reader.ts";
import { queuesReader, WORKER_SETTINGS } from "./worker-settings.ts";

describe("value readers", () => {
  it.each([
    ["", []],
    ["simple-worker", ["simple-worker"]],
    [" simple-worker , simple-worker", ["simple-worker"]],
    [["simple-worker"], ["simple-worker"]],
    ["sidekiq", undefined],
    [["simple-worker", 7], undefined],
    [true, undefined],
  ])("reads codecs %j as %j [W10]", (raw, value) => {
    expect(WORKER_SETTINGS.codecs.reader.read(raw)).toEqual(value);
  });

  it.each([
    ["true", true],
    ["YES", true],
    ["1", true],
    ["off", false],
    [false, false],
    ["maybe", undefined],
    ["constructor", undefined],
  ])("reads boolean %j as %j [E10]", (raw, value) => {
    expect(booleanReader.read(raw)).toBe(value);
  });

  it.each([
    ["5", 5],
    [" 5 ", 5],
    [5, 5],
    ["5.5", undefined],
    ["0x5", undefined],
    ["", undefined],
    ["0", undefined],
    [11, undefined],
    [true, undefined],
  ])("reads whole number %j from 1 to 10 as %j [E10]", (raw, value) => {
    expect(integerReader(1, 10).read(raw)).toBe(value);
  });

  it.each(["../etc", "a/b", "a:b", "a*", "a b", "a'--", "", "x".repeat(81)])(
    "%j is not a name [F64]",
    (raw) => {
      expect(nameReader.read(raw)).toBeUndefined();
    },
  );

  it.each([
    [
      "default,mail:3",
      [
        { name: "default", weight: 1 },
        { name: "mail", weight: 3 },
      ],
    ],
    ["", []],
    [["a:2"], [{ name: "a", weight: 2 }]],
    [[{ name: "a" }], [{ name: "a", weight: 1 }]],
    ["a:0", undefined],
    ["a:b", undefined],
    ["a:1:2", undefined],
    ["a,a:2", undefined],
    [5, undefined],
  ])("reads queues %j", (raw, queues) => {
    expect(queuesReader.read(raw)).toEqual(queues);
  });

  it.each([
    ["5s", 5_000],
    [5_000, 5_000],
    ["1s,10s", [1_000, 10_000]],
    [
      ["1s", 20],
      [1_000, 20],
    ],
    ["1s..10m", { type: "exponential", baseMs: 1_000, maxMs: 600_000 }],
    [
      { type: "exponential", base: "1s", max: "1m", jitter: false },
      { type: "exponential", baseMs: 1_000, maxMs: 60_000, jitter: false },
    ],
    ["10m..1s", undefined],
    ["1s..2s..3s", undefined],
    ["1s,", undefined],
    [[], undefined],
    [-1, undefined],
    [{ type: "linear" }, undefined],
  ])("reads backoff %j", (raw, backoff) => {
    expect(backoffReader.read(raw)).toEqual(backoff);
  });

  it("every default can be written as it is documented", () => {
    const settings = [ROOT_SETTINGS, WORKER_SETTINGS, TASK_SETTINGS].flatMap((group) => Object.values(group));
    const unreadable = settings.filter(
      (setting) => setting.default !== undefined && setting.reader.read(setting.default) === undefined,
    );
    expect(unreadable.map((setting) => setting.key)).toEqual([]);
  });
});
