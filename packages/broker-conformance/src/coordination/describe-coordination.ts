import { createApp } from "@jobs/core";
import type { Broker, CoordinationStore } from "@jobs/core/broker";
import { optionRules, optionsCheck, required } from "@jobs/core/runtime";
import { describe, expect } from "vitest";
import { proveOn } from "../harness/prove-on.ts";
import type { TestTime } from "../harness/test-time.ts";

/** One fresh coordination store, for one test. */
export interface CoordinationHarness {
  /** The time in which the coordination store is tested. */
  readonly time: TestTime;
  /** Opens the coordination store as another process does. */
  open(): Promise<CoordinationStore> | CoordinationStore;
  dispose(): Promise<void> | void;
}

/** What {@link describeCoordination} tests. */
export interface CoordinationUnderTest {
  /** Name of the coordination store in test titles. */
  readonly name: string;
  readonly createHarness: () => Promise<CoordinationHarness> | CoordinationHarness;
}

/** Number of processes that claim the same mark at once. */
const RIVALS = 20;

const checkOptions = optionsCheck<CoordinationUnderTest>({
  name: required(optionRules.text),
  createHarness: required(optionRules.func),
});

/** Registers a vitest test for each rule of {@link CoordinationStore}. */
export function describeCoordination(options: CoordinationUnderTest): void {
  checkOptions(options, "describeCoordination");
  const { name, createHarness } = options;
  const onHarness = proveOn(createHarness);
  const rule = (
    title: string,
    prove: (coordination: CoordinationStore, harness: CoordinationHarness) => Promise<void>,
  ) => onHarness(title, async (harness) => prove(await harness.open(), harness));

  describe(`${name}: marks`, () => {
    rule("a process reads what another one has put, until it is overwritten or removed", provesPut);
    rule("exactly one of several processes claims a mark, and all read the same winner", provesClaim);
    rule(
      "the winner can renew its claim; another process gets the mark when that time is over",
      provesRenewal,
    );
    rule("list and count leave out a mark when its time is over, and keep the others", provesExpiry);
    rule("accepts infinite times, and times too long to be added to a clock", provesEndless);
    rule("names and values come back unchanged and in order, and sets do not mix", provesTexts);
    rule("what jobs did not write is an unreadable record that is named, until it is removed", provesBroken);
  });
}

async function provesPut(coordination: CoordinationStore, harness: CoordinationHarness): Promise<void> {
  const other = await harness.open();
  const ttlMs = 100 * harness.time.tickMs;
  await coordination.put({ set: "workers", name: "a", value: "1" }, ttlMs);
  expect(await other.list("workers")).toEqual([{ set: "workers", name: "a", value: "1" }]);
  await other.put({ set: "workers", name: "a", value: "2" }, ttlMs);
  expect(await coordination.list("workers")).toEqual([{ set: "workers", name: "a", value: "2" }]);
  expect(await coordination.count("workers")).toBe(1);
  await coordination.remove("workers", "a");
  await coordination.remove("workers", "a");
  expect(await other.list("workers")).toEqual([]);
  expect(await other.count("workers")).toBe(0);
}

async function provesClaim(_: CoordinationStore, harness: CoordinationHarness): Promise<void> {
  const rivals = await Promise.all(Array.from({ length: RIVALS }, () => harness.open()));
  const ttlMs = 100 * harness.time.tickMs;
  const standing = await Promise.all(
    rivals.map((coordination, index) =>
      coordination.claim({ set: "ticks", name: "t", value: `${index}` }, ttlMs),
    ),
  );
  expect(new Set(standing).size).toBe(1);
  expect(standing.filter((value, index) => value === `${index}`)).toHaveLength(1);
}

async function provesRenewal(coordination: CoordinationStore, { time }: CoordinationHarness): Promise<void> {
  const mine = { set: "ticks", name: "t", value: "mine" };
  const yours = { set: "ticks", name: "t", value: "yours" };
  const ttlMs = 4 * time.tickMs;
  expect(await coordination.claim(mine, ttlMs)).toBe("mine");
  await time.pass(2 * time.tickMs);
  expect(await coordination.claim(mine, ttlMs)).toBe("mine");
  await time.pass(3 * time.tickMs);
  expect(await coordination.claim(yours, ttlMs)).toBe("mine");
  await time.pass(2 * time.tickMs);
  expect(await coordination.claim(yours, ttlMs)).toBe("yours");
}

async function provesExpiry(coordination: CoordinationStore, { time }: CoordinationHarness): Promise<void> {
  await coordination.put({ set: "s", name: "short", value: "" }, 2 * time.tickMs);
  await coordination.put({ set: "s", name: "long", value: "" }, 100 * time.tickMs);
  expect(await coordination.count("s")).toBe(2);
  await time.pass(3 * time.tickMs);
  expect(await coordination.count("s")).toBe(1);
  expect(await coordination.list("s")).toEqual([{ set: "s", name: "long", value: "" }]);
}

async function provesEndless(coordination: CoordinationStore, { time }: CoordinationHarness): Promise<void> {
  const times = [Number.POSITIVE_INFINITY, Number.MAX_VALUE, 2 ** 54, 2 ** 53 - 1];
  for (const [index, ttlMs] of times.entries()) {
    await coordination.put({ set: "put", name: `${index}`, value: "" }, ttlMs);
    expect(await coordination.claim({ set: "claimed", name: `${index}`, value: "mine" }, ttlMs)).toBe("mine");
  }
  await coordination.put({ set: "put", name: "short", value: "" }, 2 * time.tickMs);
  await time.pass(3 * time.tickMs);
  expect(await coordination.count("put")).toBe(times.length);
  expect(await coordination.claim({ set: "claimed", name: "0", value: "yours" }, time.tickMs)).toBe("mine");
}

async function provesTexts(coordination: CoordinationStore, { time }: CoordinationHarness): Promise<void> {
  const names = ["", "2", "10", "a b", "{x}:*", "ü", "'; --"].sort();
  for (const name of names)
    await coordination.put({ set: "s", name, value: `v ${name}\n"` }, 100 * time.tickMs);
  await coordination.put({ set: "s2", name: "else", value: "" }, 100 * time.tickMs);
  expect(await coordination.list("s")).toEqual(
    names.map((name) => ({ set: "s", name, value: `v ${name}\n"` })),
  );
  expect(await coordination.list("s2")).toHaveLength(1);
}

/** Texts that another program may have written where jobs keeps its records. */
const BROKEN = ["{", "", '"text"', "null", "[]", "{}"];

async function provesBroken(coordination: CoordinationStore, { time }: CoordinationHarness): Promise<void> {
  const app = createApp({ broker: brokerWith(coordination), tasks: [] });
  const ttlMs = 100 * time.tickMs;
  for (const value of BROKEN) {
    await coordination.put({ set: "workers", name: "host:1", value }, ttlMs);
    await coordination.put({ set: "log:job-1", name: "1", value }, ttlMs);
    await expect(app.workers()).rejects.toMatchObject({
      code: "unreadable_record",
      message: expect.stringContaining("worker host:1"),
    });
    await expect(app.jobLog("job-1")).rejects.toMatchObject({
      code: "unreadable_record",
      message: expect.stringContaining("job job-1"),
    });
  }
  await coordination.remove("workers", "host:1");
  await coordination.remove("log:job-1", "1");
  expect(await app.workers()).toEqual([]);
  expect(await app.jobLog("job-1")).toEqual({ lines: [], leftOut: 0 });
}

/** A broker that has a coordination store and no queue, so that an app reads its records there. */
function brokerWith(coordination: CoordinationStore): Broker {
  const noQueue = () => Promise.reject(new Error("It has no queue."));
  return {
    kind: "coordination",
    reach: "network",
    openQueue: noQueue,
    openConsumer: noQueue,
    coordination,
    close: () => Promise.resolve(),
  };
}
