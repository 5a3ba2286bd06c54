import { type Marks, optionRules, optionsCheck, required } from "@jobs/core";
import { describe, expect } from "vitest";
import { proveOn } from "../harness/prove-on.ts";
import type { TestTime } from "../harness/test-time.ts";

/** One fresh notebook, for one test. */
export interface MarksHarness {
  /** The time that the notebook lives in. */
  readonly time: TestTime;
  /** The notebook as one more process sees it. */
  open(): Promise<Marks> | Marks;
  dispose(): Promise<void> | void;
}

/** What {@link describeMarks} tests. */
export interface MarksUnderTest {
  /** How the notebook is called in test titles. */
  readonly name: string;
  readonly createHarness: () => Promise<MarksHarness> | MarksHarness;
}

/** How many processes want the same mark at once. */
const RIVALS = 20;

const checkOptions = optionsCheck<MarksUnderTest>({
  name: required(optionRules.text),
  createHarness: required(optionRules.func),
});

/** Registers a vitest test for each rule of {@link Marks}. */
export function describeMarks(options: MarksUnderTest): void {
  checkOptions(options, "describeMarks");
  const { name, createHarness } = options;
  const onHarness = proveOn(createHarness);
  const rule = (title: string, prove: (marks: Marks, harness: MarksHarness) => Promise<void>) =>
    onHarness(title, async (harness) => prove(await harness.open(), harness));

  describe(`${name}: marks`, () => {
    rule("what one process puts another reads, until it is overwritten or removed", provesPut);
    rule("of rivals exactly one claims a mark, and all read the same winner", provesClaim);
    rule("the winner's own claim gives it new time; a rival gets it when that is over", provesRenewal);
    rule("a mark is gone from list and count when its time is over, its neighbours stay", provesExpiry);
    rule("takes times without end, and ones that no clock can add up", provesEndless);
    rule("names and values come back as they are, in order, and sets do not mix", provesTexts);
  });
}

async function provesPut(marks: Marks, harness: MarksHarness): Promise<void> {
  const other = await harness.open();
  const ttlMs = 100 * harness.time.tickMs;
  await marks.put({ set: "workers", name: "a", value: "1" }, ttlMs);
  expect(await other.list("workers")).toEqual([{ set: "workers", name: "a", value: "1" }]);
  await other.put({ set: "workers", name: "a", value: "2" }, ttlMs);
  expect(await marks.list("workers")).toEqual([{ set: "workers", name: "a", value: "2" }]);
  expect(await marks.count("workers")).toBe(1);
  await marks.remove("workers", "a");
  await marks.remove("workers", "a");
  expect(await other.list("workers")).toEqual([]);
  expect(await other.count("workers")).toBe(0);
}

async function provesClaim(_: Marks, harness: MarksHarness): Promise<void> {
  const rivals = await Promise.all(Array.from({ length: RIVALS }, () => harness.open()));
  const ttlMs = 100 * harness.time.tickMs;
  const standing = await Promise.all(
    rivals.map((marks, index) => marks.claim({ set: "ticks", name: "t", value: `${index}` }, ttlMs)),
  );
  expect(new Set(standing).size).toBe(1);
  expect(standing.filter((value, index) => value === `${index}`)).toHaveLength(1);
}

async function provesRenewal(marks: Marks, { time }: MarksHarness): Promise<void> {
  const mine = { set: "ticks", name: "t", value: "mine" };
  const yours = { set: "ticks", name: "t", value: "yours" };
  const ttlMs = 4 * time.tickMs;
  expect(await marks.claim(mine, ttlMs)).toBe("mine");
  await time.pass(2 * time.tickMs);
  expect(await marks.claim(mine, ttlMs)).toBe("mine");
  await time.pass(3 * time.tickMs);
  expect(await marks.claim(yours, ttlMs)).toBe("mine");
  await time.pass(2 * time.tickMs);
  expect(await marks.claim(yours, ttlMs)).toBe("yours");
}

async function provesExpiry(marks: Marks, { time }: MarksHarness): Promise<void> {
  await marks.put({ set: "s", name: "short", value: "" }, 2 * time.tickMs);
  await marks.put({ set: "s", name: "long", value: "" }, 100 * time.tickMs);
  expect(await marks.count("s")).toBe(2);
  await time.pass(3 * time.tickMs);
  expect(await marks.count("s")).toBe(1);
  expect(await marks.list("s")).toEqual([{ set: "s", name: "long", value: "" }]);
}

async function provesEndless(marks: Marks, { time }: MarksHarness): Promise<void> {
  const times = [Number.POSITIVE_INFINITY, Number.MAX_VALUE, 2 ** 54, 2 ** 53 - 1];
  for (const [index, ttlMs] of times.entries()) {
    await marks.put({ set: "put", name: `${index}`, value: "" }, ttlMs);
    expect(await marks.claim({ set: "claimed", name: `${index}`, value: "mine" }, ttlMs)).toBe("mine");
  }
  await marks.put({ set: "put", name: "short", value: "" }, 2 * time.tickMs);
  await time.pass(3 * time.tickMs);
  expect(await marks.count("put")).toBe(times.length);
  expect(await marks.claim({ set: "claimed", name: "0", value: "yours" }, time.tickMs)).toBe("mine");
}

async function provesTexts(marks: Marks, { time }: MarksHarness): Promise<void> {
  const names = ["", "2", "10", "a b", "{x}:*", "ü", "'; --"].sort();
  for (const name of names) await marks.put({ set: "s", name, value: `v ${name}\n"` }, 100 * time.tickMs);
  await marks.put({ set: "s2", name: "else", value: "" }, 100 * time.tickMs);
  expect(await marks.list("s")).toEqual(names.map((name) => ({ set: "s", name, value: `v ${name}\n"` })));
  expect(await marks.list("s2")).toHaveLength(1);
}
