import type { JobResult } from "@jobs/core";
import { REACHES, type ResultStore } from "@jobs/core/broker";
import { optionRules, optionsCheck, required } from "@jobs/core/runtime";
import { describe, expect } from "vitest";
import { proveOn } from "../harness/prove-on.ts";
import type { TestTime } from "../harness/test-time.ts";

/** One fresh storage of results, for one test. */
export interface ResultsHarness {
  /** The time in which the storage is tested. */
  readonly time: TestTime;
  /** Opens the storage as another process does. */
  open(): Promise<ResultStore> | ResultStore;
  /**
   * Replaces the text of a kept result, like somebody who edits the storage; `false` when the storage refuses it.
   * Left out if results are not kept as text.
   */
  corrupt?(id: string, text: string): Promise<boolean>;
  /** Closes everything that was opened and deletes the storage. */
  dispose(): Promise<void> | void;
}

/** What {@link describeResults} tests. */
export interface ResultsUnderTest {
  /** Name of the store in test titles. */
  readonly name: string;
  readonly createHarness: () => Promise<ResultsHarness> | ResultsHarness;
}

const LONG_TICKS = 1_000;

const checkOptions = optionsCheck<ResultsUnderTest>({
  name: required(optionRules.text),
  createHarness: required(optionRules.func),
});

/** One rule of a result store, and the test that proves it. */
interface ResultRule {
  readonly title: string;
  readonly prove: (store: ResultStore, harness: ResultsHarness) => Promise<void>;
}

/** Every rule of {@link ResultStore}. */
export const RESULT_RULES: readonly ResultRule[] = [
  { title: "a process gets what another one has put, and nothing for an unknown id", prove: provesPut },
  { title: "keeps the first success: neither a second success nor a death changes it", prove: provesFirst },
  { title: "a success replaces a death", prove: provesRecovery },
  { title: "the result of a later job with the same id replaces a kept success", prove: provesUseAgain },
  {
    title: "forgets a result when its time is over, and never a result with an infinite time",
    prove: provesExpiry,
  },
  {
    title: "keeps nothing for a time of 0, and keeps results with very long times for ever",
    prove: provesTimes,
  },
  { title: "a new result replaces one that has expired", prove: provesReplacement },
  { title: "any JSON value comes back unchanged", prove: provesValues },
  {
    title: "a damaged result gives an error that names its job, and other results stay readable",
    prove: provesBroken,
  },
  { title: "says who sees it: this process, this machine or the network", prove: provesReach },
  { title: "refuses every call after close, and can be closed twice", prove: provesClose },
];

/** Registers a vitest test for each rule of {@link ResultStore}. */
export function describeResults(options: ResultsUnderTest): void {
  checkOptions(options, "describeResults");
  const { name, createHarness } = options;
  const onHarness = proveOn(createHarness);
  describe(`${name}: results`, () => {
    for (const { title, prove } of RESULT_RULES) {
      onHarness(title, async (harness) => prove(await harness.open(), harness));
    }
  });
}

function resultOf(id: string, parts: Partial<JobResult> = {}): JobResult {
  const value = { sum: 3 };
  return {
    id,
    task: "add",
    queue: "default",
    status: "succeeded",
    value,
    attempt: 1,
    finishedAt: 1,
    ...parts,
  };
}

async function provesPut(store: ResultStore, { open, time }: ResultsHarness): Promise<void> {
  const other = await open();
  await store.put(resultOf("job-1"), LONG_TICKS * time.tickMs);
  await store.put(
    resultOf("job-2", { status: "dead", error: { name: "E", message: "m" } }),
    Number.POSITIVE_INFINITY,
  );
  expect(await other.get("job-1")).toEqual(resultOf("job-1"));
  expect(await other.get("job-2")).toMatchObject({ status: "dead", error: { name: "E", message: "m" } });
  expect(await other.get("job-3")).toBeUndefined();
}

async function provesFirst(store: ResultStore, { time }: ResultsHarness): Promise<void> {
  const ttlMs = LONG_TICKS * time.tickMs;
  await Promise.all([
    store.put(resultOf("job", { value: "first" }), ttlMs),
    store.put(resultOf("job", { value: "second" }), ttlMs),
  ]);
  await store.put(resultOf("job", { status: "dead", error: { name: "E", message: "late" } }), ttlMs);
  expect(await store.get("job")).toEqual(resultOf("job", { value: "first" }));
}

async function provesRecovery(store: ResultStore, { time }: ResultsHarness): Promise<void> {
  const ttlMs = LONG_TICKS * time.tickMs;
  await store.put(resultOf("job", { status: "dead", error: { name: "E", message: "once" } }), ttlMs);
  await store.put(resultOf("job"), ttlMs);
  expect(await store.get("job")).toEqual(resultOf("job"));
}

async function provesUseAgain(store: ResultStore, { time }: ResultsHarness): Promise<void> {
  const ttlMs = LONG_TICKS * time.tickMs;
  const first = resultOf("job", { value: "first", enqueuedAt: 1_000 });
  const second = resultOf("job", { value: "second", enqueuedAt: 2_000 });
  await Promise.all([store.put(first, ttlMs), store.put(second, ttlMs)]);
  expect(await store.get("job")).toEqual(second);
  await store.put(resultOf("job", { value: "again", enqueuedAt: 2_000 }), ttlMs);
  await store.put(resultOf("job", { status: "dead", enqueuedAt: 2_000 }), ttlMs);
  expect(await store.get("job")).toEqual(second);
  const third = resultOf("job", { status: "cancelled", enqueuedAt: 3_000 });
  await store.put(third, ttlMs);
  expect(await store.get("job")).toEqual(third);
  await store.put(resultOf("job", { enqueuedAt: 4_000 }), ttlMs);
  const unknown = resultOf("job", { value: "of a body that says nothing" });
  await store.put(unknown, ttlMs);
  expect(await store.get("job")).toEqual(unknown);
}

async function provesExpiry(store: ResultStore, { time }: ResultsHarness): Promise<void> {
  await store.put(resultOf("short"), 2 * time.tickMs);
  await store.put(resultOf("for-ever"), Number.POSITIVE_INFINITY);
  expect(await store.get("short")).toBeDefined();
  await time.pass(3 * time.tickMs);
  expect(await store.get("short")).toBeUndefined();
  await store.prune();
  expect(await store.prune()).toBe(0);
  expect(await store.get("for-ever")).toBeDefined();
}

async function provesTimes(store: ResultStore, { time }: ResultsHarness): Promise<void> {
  await store.put(resultOf("none"), 0);
  expect(await store.get("none")).toBeUndefined();
  const times = [Number.MAX_VALUE, 2 ** 54, 2 ** 53 - 1];
  for (const [index, ttlMs] of times.entries()) await store.put(resultOf(`long-${index}`), ttlMs);
  await time.pass(2 * time.tickMs);
  await store.prune();
  for (const index of times.keys()) expect(await store.get(`long-${index}`)).toBeDefined();
}

async function provesReplacement(store: ResultStore, { time }: ResultsHarness): Promise<void> {
  await store.put(resultOf("job", { value: "old" }), 2 * time.tickMs);
  await time.pass(3 * time.tickMs);
  await store.put(resultOf("job", { value: "new" }), LONG_TICKS * time.tickMs);
  expect(await store.get("job")).toEqual(resultOf("job", { value: "new" }));
}

async function provesValues(store: ResultStore, { time }: ResultsHarness): Promise<void> {
  const values = [null, 0, "", false, [], {}, "ä\u0000\uD800\u2028'\"", [[1.5e300, { __proto__x: null }]]];
  for (const [index, value] of values.entries()) {
    await store.put(resultOf(`job-${index}`, { value }), LONG_TICKS * time.tickMs);
    expect((await store.get(`job-${index}`))?.value).toEqual(value);
  }
}

async function provesBroken(store: ResultStore, { corrupt, time }: ResultsHarness): Promise<void> {
  if (corrupt === undefined) return;
  const ttlMs = LONG_TICKS * time.tickMs;
  await store.put(resultOf("sound"), ttlMs);
  for (const [index, text] of ["{", "", '"text"', "null", "[]", '{"id":"job","status":"odd"}'].entries()) {
    const id = `job-${index}`;
    await store.put(resultOf(id, { enqueuedAt: 1_000 }), ttlMs);
    if (!(await corrupt(id, text))) continue;
    await expect(store.get(id)).rejects.toMatchObject({
      code: "unreadable_record",
      message: expect.stringContaining(id),
    });
    await store.put(resultOf(id, { enqueuedAt: 2_000 }), ttlMs);
    expect(await store.get(id)).toMatchObject({ enqueuedAt: 2_000 });
  }
  expect(await store.get("sound")).toEqual(resultOf("sound"));
}

async function provesReach(store: ResultStore): Promise<void> {
  expect(REACHES).toContain(store.reach);
}

async function provesClose(store: ResultStore, { time }: ResultsHarness): Promise<void> {
  await store.put(resultOf("job"), LONG_TICKS * time.tickMs);
  await store.close();
  await store.close();
  await expect(store.get("job")).rejects.toMatchObject({ code: "broker_unavailable" });
  await expect(store.put(resultOf("job"), 1_000)).rejects.toMatchObject({ code: "broker_unavailable" });
}
