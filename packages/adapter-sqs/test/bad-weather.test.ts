import { setTimeout as pause } from "node:timers/promises";
import {
  type App,
  createApp,
  defineTask,
  handle,
  isJobsError,
  type Worker,
  type WorkerReport,
} from "@jobs/core";
import { REFUSALS, type SqsEndpoint, type SqsFault, startSqsEndpoint } from "@jobs/test-servers";
import { describe, expect, it } from "vitest";
import { sqs } from "../src/index.ts";
import { CompletedJobs } from "./completed-jobs.ts";
import { atEndpoint } from "./sqs-world.ts";

const JOBS = 1_000;

/** Long enough that a busy machine loses none. Short enough that the minute of throttling ends all. */
const LEASE_MS = 10_000;

/** With bundles: enough that each fault is met. */
const BUNDLED_JOBS = 300;
const PER_MESSAGE = 10;

const MINUTE_MS = 60_000;

/** What the mark speaks of. */
const PARTIAL: SqsFault = { kind: "partial", share: 0.2 };
const DUPLICATE: SqsFault = { kind: "duplicate", share: 0.05 };

/** Other faults of SQS, which must not make a job run twice. */
const NUISANCES: readonly SqsFault[] = [
  PARTIAL,
  { kind: "receive-count", share: 0.05, by: 3 },
  { kind: "refusal", refusal: REFUSALS.throttling, share: 0.05 },
  { kind: "refusal", refusal: REFUSALS.unavailable, share: 0.02 },
  { kind: "delay", ms: 200, side: "answer", share: 0.02 },
];

/** Concurrent enqueues that a busy machine can send within their time limit. */
const WAVE = 50;

const work = defineTask("work", { n: "integer" });

interface SiteOptions {
  readonly workers: number;
  readonly jobsPerMessage?: number;
}

/** A queue and its workers, each like a separate process. */
class Site implements AsyncDisposable {
  readonly endpoint: SqsEndpoint;
  readonly completed = new CompletedJobs();
  readonly #apps: readonly App[];
  readonly #workers: readonly Worker[];
  readonly #running: readonly Promise<WorkerReport>[];

  private constructor(endpoint: SqsEndpoint, { workers, jobsPerMessage = 1 }: SiteOptions) {
    this.endpoint = endpoint;
    this.#apps = Array.from({ length: workers }, () =>
      createApp({
        broker: sqs({ ...atEndpoint(endpoint), jobsPerMessage }),
        tasks: [work],
        handlers: [handle(work, ({ n }) => this.completed.done(n))],
      }),
    );
    this.#workers = this.#apps.map((app) =>
      app.worker({ concurrency: 50, leaseMs: LEASE_MS, ownsProcess: false }),
    );
    this.#running = this.#workers.map((worker) => worker.run());
  }

  static async open(options: SiteOptions): Promise<Site> {
    const endpoint = await startSqsEndpoint({ seed: 13, isShuffled: true });
    await endpoint.createQueue({ name: "default", dlq: "default-dead", maxReceiveCount: 1_000 });
    const site = new Site(endpoint, options);
    await Promise.all(site.#apps.map((app) => app.ready()));
    return site;
  }

  /** Enqueues jobs from `first` on. A refused one is not promised, and may only be refused with the expected error. */
  async enqueue(first: number, count: number): Promise<void> {
    const jobs = Array.from({ length: count }, (_, index) => first + index);
    for (let from = 0; from < count; from += WAVE) {
      await Promise.all(jobs.slice(from, from + WAVE).map((n) => this.#enqueue(n)));
    }
  }

  /** Ends all workers and returns their reports. */
  async finish(): Promise<readonly WorkerReport[]> {
    await Promise.all(this.#workers.map((worker) => worker.stop()));
    return Promise.all(this.#running);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.finish();
    await Promise.all(this.#apps.map((app) => app.close()));
    await this.endpoint.close();
  }

  async #enqueue(n: number): Promise<void> {
    try {
      await this.#apps[n % this.#apps.length]?.enqueue(work, { n });
      this.completed.promise(n);
    } catch (error) {
      expect(isJobsError(error, "broker_unavailable")).toBe(true);
    }
  }
}

describe("in bad weather nothing is lost [F26]", () => {
  it("20 % partial failures, 5 % duplicates, a minute of throttling: what comes twice to a worker runs once", {
    timeout: 3 * MINUTE_MS,
  }, async () => {
    await using site = await Site.open({ workers: 1 });
    const { endpoint, completed } = site;
    endpoint.play(PARTIAL);
    const duplicates = endpoint.play(DUPLICATE);
    const enqueuing = site.enqueue(0, JOBS);
    await expect.poll(() => duplicates.met, { timeout: 30_000 }).toBeGreaterThan(0);
    const throttling = endpoint.play({ kind: "refusal", refusal: REFUSALS.throttling });
    // The test needs a minute of it.
    await pause(MINUTE_MS);
    throttling.end();
    await enqueuing;
    await site.enqueue(JOBS, JOBS);
    await completed.complete();
    const [report] = await site.finish();
    expect(completed.missing).toEqual([]);
    expect(throttling.met).toBeGreaterThan(0);
    expect(completed.doubles).toBe(0);
    expect(report).toMatchObject({ dead: 0 });
  });

  it("among several workers a message that comes twice is done twice at most, whatever answers are lost", {
    timeout: MINUTE_MS,
  }, async () => {
    await using site = await Site.open({ workers: 3 });
    const { endpoint, completed } = site;
    for (const fault of NUISANCES) endpoint.play(fault);
    const lost = endpoint.play({ kind: "lost-answer", share: 0.05 });
    const duplicates = endpoint.play(DUPLICATE);
    const forgotten = endpoint.play({ kind: "forgotten-delete", share: 0.01 });
    await site.enqueue(0, JOBS);
    await completed.complete();
    const reports = await site.finish();
    expect(completed.missing).toEqual([]);
    expect(Math.min(lost.met, duplicates.met)).toBeGreaterThan(0);
    expect(completed.doubles).toBeLessThanOrEqual(duplicates.met + forgotten.met);
    expect(reports.every(({ dead }) => dead === 0)).toBe(true);
  });

  it("bundles lose no job, and a message that comes twice repeats at most its own jobs", {
    timeout: MINUTE_MS,
  }, async () => {
    await using site = await Site.open({ workers: 3, jobsPerMessage: PER_MESSAGE });
    const { endpoint, completed } = site;
    for (const fault of NUISANCES) endpoint.play(fault);
    // A lost receive would only hide messages for a lease.
    const lost = endpoint.play({
      kind: "lost-answer",
      share: 0.1,
      actions: ["SendMessageBatch", "DeleteMessageBatch", "ChangeMessageVisibilityBatch"],
    });
    const duplicates = endpoint.play({ kind: "duplicate", share: 0.2 });
    const forgotten = endpoint.play({ kind: "forgotten-delete", share: 0.05 });
    await site.enqueue(0, BUNDLED_JOBS);
    await completed.complete();
    const reports = await site.finish();
    expect(completed.missing).toEqual([]);
    expect(Math.min(lost.met, duplicates.met)).toBeGreaterThan(0);
    expect(completed.doubles).toBeLessThanOrEqual(PER_MESSAGE * (lost.met + duplicates.met + forgotten.met));
    expect(reports.every(({ dead }) => dead === 0)).toBe(true);
  });
});
