import type { MonitorEvent, MonitorSink } from "@jobs/core/broker";
import { optionRules, optionsCheck, required } from "@jobs/core/runtime";
import { describe, expect } from "vitest";
import { proveOn } from "../harness/prove-on.ts";

/** The state of a job in a sink that keeps a table of jobs. */
export interface SeenJob {
  readonly id: string;
  readonly task: string;
  readonly queue: string;
  readonly state: string;
  readonly attempt: number | null;
  readonly error: string | null;
}

/** One fresh storage of events, for one test. */
export interface MonitorHarness {
  readonly sink: MonitorSink;
  /** Ids of all events that were written, in any order. */
  eventIds(): Promise<readonly string[]>;
  /** All jobs that were seen, by id. */
  jobs(): Promise<readonly SeenJob[]>;
  dispose(): Promise<void> | void;
}

/** What {@link describeMonitor} tests. */
export interface MonitorUnderTest {
  /** Name of the sink in test titles. */
  readonly name: string;
  readonly createHarness: () => Promise<MonitorHarness> | MonitorHarness;
}

const job = { id: "job-1", task: "work", queue: "default" };
const run = { ...job, attempt: 1 };
let seq = 0;

function seen(event: Record<string, unknown>): MonitorEvent {
  return { at: 1, ...event, eventId: `me#${++seq}`, source: "me", seq } as unknown as MonitorEvent;
}

const checkOptions = optionsCheck<MonitorUnderTest>({
  name: required(optionRules.text),
  createHarness: required(optionRules.func),
});

/** Registers a vitest test for each rule of a sink that keeps events and a table of jobs. */
export function describeMonitor(options: MonitorUnderTest): void {
  checkOptions(options, "describeMonitor");
  const { name, createHarness } = options;
  const onHarness = proveOn(createHarness);
  const rule = (title: string, prove: (harness: MonitorHarness) => Promise<void>) =>
    onHarness(title, (harness) => prove(harness).finally(() => harness.sink.close()));

  describe(`${name}: monitor`, () => {
    rule("keeps each event once, however often it is written [T11]", provesOnce);
    rule("shows the state of a job after its latest event [T10]", provesState);
    rule("a late event does not change what later events have set [T13]", provesLate);
    rule("shows that a job was cancelled", provesCancelled);
    rule("of several events with the same time the later state wins", provesMoment);
    rule("keeps the error of a dead job, with any text", provesError);
  });
}

async function provesOnce({ sink, eventIds }: MonitorHarness): Promise<void> {
  const events = [
    seen({ type: "worker.started", worker: "w", queues: ["default"] }),
    seen({ type: "job.progress", job: run, progress: { done: 0.5 } }),
  ];
  await sink.write(events);
  await Promise.all([
    sink.write(events),
    sink.write([...events, seen({ type: "worker.stopped", worker: "w", cause: "stop" })]),
  ]);
  expect(await eventIds()).toHaveLength(3);
}

async function provesState({ sink, jobs }: MonitorHarness): Promise<void> {
  await sink.write([
    seen({ type: "job.enqueued", at: 10, job, delayMs: 0 }),
    seen({ type: "job.started", at: 20, worker: "host:1:a", job: run }),
  ]);
  expect(await jobs()).toEqual([{ ...job, state: "started", attempt: 1, error: null }]);
  await sink.write([seen({ type: "job.retried", at: 30, job: run, delayMs: 1 })]);
  await sink.write([seen({ type: "job.started", at: 40, worker: "host:1:a", job: { ...run, attempt: 2 } })]);
  await sink.write([seen({ type: "job.succeeded", at: 50, job: { ...run, attempt: 2 }, durationMs: 1 })]);
  expect(await jobs()).toEqual([{ ...job, state: "succeeded", attempt: 2, error: null }]);
}

async function provesLate({ sink, jobs }: MonitorHarness): Promise<void> {
  await sink.write([seen({ type: "job.succeeded", at: 50, job: run, durationMs: 1 })]);
  await sink.write([
    seen({ type: "job.started", at: 20, worker: "host:1:a", job: run }),
    seen({ type: "job.enqueued", at: 10, job, delayMs: 0 }),
  ]);
  expect(await jobs()).toMatchObject([{ state: "succeeded", attempt: 1 }]);
}

async function provesCancelled({ sink, jobs }: MonitorHarness): Promise<void> {
  await sink.write([seen({ type: "job.enqueued", at: 10, job, delayMs: 0 })]);
  await sink.write([seen({ type: "job.cancelled", at: 20, job: run })]);
  expect(await jobs()).toMatchObject([{ id: job.id, state: "cancelled" }]);
}

async function provesMoment({ sink, jobs }: MonitorHarness): Promise<void> {
  await sink.write([seen({ type: "job.succeeded", at: 10, job: run, durationMs: 0 })]);
  await sink.write([seen({ type: "job.started", at: 10, worker: "host:1:a", job: run })]);
  expect(await jobs()).toMatchObject([{ state: "succeeded" }]);
}

async function provesError({ sink, jobs }: MonitorHarness): Promise<void> {
  const error = { name: "Error", message: "no 'such' thing; -- ä\u0000\uD800" };
  await sink.write([seen({ type: "job.dead", at: 10, job: run, reason: "exhausted", error })]);
  const [dead] = await jobs();
  expect(dead).toMatchObject({ state: "dead" });
  expect(dead?.error).toMatch(/^Error: no 'such' thing; -- ä/);
}
