import { beforeEach, expect, it } from "vitest";
import type { LifecycleEvent } from "../job/lifecycle.ts";
import { createEventNumbers, EventBuffer, MESSAGE_BATCH } from "./event-buffer.ts";

function eventOf(task = "work"): LifecycleEvent {
  return {
    type: "job.started",
    at: 1,
    worker: "host:1:a",
    job: { id: "j", task, queue: "default", attempt: 1 },
  };
}

function filled(count: number, task?: string): EventBuffer {
  let ids = 0;
  const buffer = new EventBuffer(() => `batch-${++ids}`, MESSAGE_BATCH);
  for (let index = 0; index < count; index++) buffer.add(numbered(eventOf(task)));
  return buffer;
}

let numbered = createEventNumbers("me");

beforeEach(() => {
  numbered = createEventNumbers("me");
});

const numbersOf = (buffer: EventBuffer) =>
  buffer.batch()?.events.map((event) => (event as { readonly seq: number }).seq);

it("gives the same batch until it was sent, then the next", () => {
  const buffer = filled(150);
  expect(buffer.hasFullBatch).toBe(true);
  const first = buffer.batch();
  expect(first?.events).toHaveLength(100);
  buffer.add(numbered(eventOf()));
  expect(buffer.batch()).toBe(first);
  expect(buffer.size).toBe(151);
  if (first !== undefined) buffer.sent(first);
  expect(numbersOf(buffer)).toEqual(Array.from({ length: 51 }, (_, index) => 101 + index));
  expect(buffer.batch()?.id).toBe("batch-2");
});

it("drops the oldest beyond ten thousand, so that a gap in the numbers tells of it", () => {
  const buffer = filled(10_100);
  expect(buffer.size).toBe(10_000);
  expect(numbersOf(buffer)?.[0]).toBe(101);
  expect(buffer.takeDropped()).toBe(100);
  expect(buffer.takeDropped()).toBe(0);
});

it("keeps a batch small where events are large, but never empty", () => {
  const large = filled(10, "x".repeat(7_000));
  expect(large.batch()?.events).toHaveLength(2);
  expect(filled(2, "x".repeat(200_000)).batch()?.events).toHaveLength(1);
});

it("never takes an event for smaller than its text", () => {
  const job = {
    id: "\0".repeat(50),
    task: "work",
    queue: "default",
    attempt: 1,
    tags: ["é", '"'],
    flow: "f",
  };
  const host = "h".repeat(63);
  const events: readonly LifecycleEvent[] = [
    { type: "job.started", at: Date.now(), worker: `${host}:1:a`, job },
    { type: "job.succeeded", at: Date.now(), job: { ...job, enqueuedAt: Date.now() }, durationMs: 1 / 3 },
    { type: "job.progress", at: 1, job, progress: "x".repeat(1_000) },
  ];
  const number = createEventNumbers(`${host}:1:a`);
  for (const { event, units } of events.map(number))
    expect(units).toBeGreaterThanOrEqual(JSON.stringify(event).length);
});

it("copies what a caller may change later", () => {
  const progress = { done: 1 };
  const job = { id: "j", task: "work", queue: "default", attempt: 1 };
  const { event } = numbered({ type: "job.progress", at: 1, job, progress });
  progress.done = 2;
  expect(event).toMatchObject({ progress: { done: 1 }, source: "me", seq: 1 });
});
