import { createApp, defineTask, handle, isJobsError } from "@jobs/core";
import {
  type PlayedFault,
  REFUSALS,
  type SqsEndpoint,
  type SqsFault,
  startSqsEndpoint,
} from "@jobs/test-servers";
import { describe, expect, it } from "vitest";
import { sqs } from "../src/index.ts";
import { atEndpoint, letter, SqsWorld } from "./sqs-world.ts";

describe("sends", () => {
  it("F26 sends again only the entries that failed", async () => {
    await using world = await SqsWorld.open();
    const fault = world.endpoint.play({ kind: "partial", actions: ["SendMessageBatch"], share: 0.2 });
    const ids = Array.from({ length: 200 }, (_, index) => `job-${index}`);
    const results = await world.queue.send(ids.map(letter));
    expect(results.every(({ status }) => status === "sent")).toBe(true);
    expect(fault.met).toBeGreaterThan(20);
    expect(world.entriesOf("SendMessageBatch")).toHaveLength(200 + fault.met);
    expect((await world.queue.stats()).ready.n).toBe(200);
  });

  it.each([REFUSALS.throttling, REFUSALS.requestThrottled, REFUSALS.internalFailure, REFUSALS.unavailable])(
    "go through when $name passes, and else are refused within 5 s as retryable",
    { timeout: 20_000 },
    async (refusal) => {
      await using world = await SqsWorld.open();
      const passing = world.endpoint.play({ kind: "refusal", refusal, times: 2 });
      expect(await world.queue.send([letter("job")])).toMatchObject([{ status: "sent" }]);
      expect(passing.met).toBe(2);
      world.endpoint.play({ kind: "refusal", refusal });
      const askedAt = performance.now();
      expect(await world.queue.send([letter("other")])).toMatchObject([
        { status: "failed", error: { code: "broker_unavailable", retryable: true, maybeSent: false } },
      ]);
      expect(performance.now() - askedAt).toBeLessThan(5_000);
    },
  );

  it("whose answer is lost may have arrived, and are not repeated behind the sender's back; on FIFO they are", async () => {
    await using world = await SqsWorld.open();
    world.endpoint.play({ kind: "lost-answer", actions: ["SendMessageBatch"], times: 1 });
    expect(await world.queue.send([letter("job")])).toMatchObject([
      { status: "failed", error: { code: "broker_unavailable", retryable: true, maybeSent: true } },
    ]);
    expect(await world.take()).toHaveLength(1);
    await using fifo = await SqsWorld.open({ queue: { name: "orders.fifo", fifo: true } });
    fifo.endpoint.play({ kind: "lost-answer", actions: ["SendMessageBatch"], times: 1 });
    expect(await fifo.queue.send([letter("job")])).toMatchObject([{ status: "sent" }]);
    expect(await fifo.take()).toHaveLength(1);
  });

  it("F25 to an address where nobody is are refused in time, and were not sent", {
    timeout: 10_000,
  }, async () => {
    const world = await SqsWorld.open();
    await world.endpoint.close();
    // A connection that was open may have taken the first of them.
    await world.queue.send([letter("first")]);
    const results = await world.queue.send(Array.from({ length: 100 }, (_, index) => letter(`job-${index}`)));
    for (const result of results)
      expect(result).toMatchObject({ error: { retryable: true, maybeSent: false } });
    await world.broker.close();
  });
});

describe("leases", () => {
  it("F26 a partial failure of a settle is that lease's alone", async () => {
    await using world = await SqsWorld.open();
    await world.send(Array.from({ length: 10 }, (_, index) => `job-${index}`));
    const deliveries = await world.take();
    const fault = world.endpoint.play({ kind: "partial", actions: ["DeleteMessageBatch"], times: 3 });
    const results = await world.consumer.settle(deliveries.map((delivery) => ({ delivery, action: "ack" })));
    expect(results.filter(({ status }) => status === "failed")).toHaveLength(fault.met);
    expect((await world.queue.stats()).leased.n).toBe(3);
  });

  it("OverLimit is no outage: the consumer waits a little and has nothing", async () => {
    await using world = await SqsWorld.open();
    const limit = world.endpoint.play({ kind: "refusal", refusal: REFUSALS.overLimit });
    expect(await world.take(10, 1_500)).toEqual([]);
    expect(limit.met).toBeLessThanOrEqual(3);
  });

  it("F24 a consumer that is refused says so", async () => {
    await using world = await SqsWorld.open();
    world.endpoint.play({ kind: "refusal", refusal: REFUSALS.throttling });
    await expect(world.take()).rejects.toMatchObject({ code: "broker_unavailable", retryable: true });
    world.endpoint.play({ kind: "refusal", refusal: REFUSALS.expiredToken });
  });
});

const JOBS = 1_000;

/** What SQS does to its users now and then, all at the same time. */
const WEATHER: readonly SqsFault[] = [
  { kind: "partial", share: 0.2 },
  { kind: "receive-count", share: 0.05, by: 3 },
  { kind: "refusal", refusal: REFUSALS.throttling, share: 0.05 },
  { kind: "refusal", refusal: REFUSALS.unavailable, share: 0.02 },
  { kind: "delay", ms: 200, side: "answer", share: 0.02 },
];

/** After these a job may be done twice. */
const DOUBLING: readonly SqsFault[] = [
  { kind: "duplicate", share: 0.05 },
  { kind: "forgotten-delete", share: 0.01 },
  { kind: "lost-answer", actions: ["DeleteMessageBatch", "ReceiveMessage", "SendMessageBatch"], share: 0.01 },
];

const work = defineTask("work", { n: "integer" });

it("F26 G13 loses nothing in bad weather, and does no more twice than came twice", {
  timeout: 60_000,
}, async () => {
  await using endpoint = await startSqsEndpoint({ seed: 13, isShuffled: true });
  await endpoint.createQueue({ name: "default", dlq: "default-dead", maxReceiveCount: 1_000 });
  const ledger = new Ledger();
  const app = createApp({
    broker: sqs(atEndpoint(endpoint)),
    tasks: [work],
    handlers: [handle(work, ({ n }) => ledger.done(n))],
  });
  await app.ready();
  for (const fault of WEATHER) endpoint.play(fault);
  const doubling = DOUBLING.map((fault) => endpoint.play(fault));
  const worker = app.worker({ concurrency: 50, leaseMs: 4_000, ownsProcess: false });
  const running = worker.run();
  await Promise.all(
    Array.from({ length: JOBS }, async (_, n) => {
      const wasSent = await app.enqueue(work, { n }).then(() => true, mayHaveArrived);
      if (wasSent) ledger.expect(n);
    }),
  );
  await ledger.complete();
  await worker.stop();
  const report = await running;
  await app.close();
  expect(ledger.missing).toEqual([]);
  expect(ledger.doubles).toBeLessThanOrEqual(mostDoubles(endpoint, doubling));
  expect(report.dead).toBe(0);
});

/** A lost answer hides up to ten. */
function mostDoubles(_: SqsEndpoint, [duplicates, forgotten, lost]: readonly PlayedFault[]): number {
  return (duplicates?.met ?? 0) + (forgotten?.met ?? 0) + 10 * (lost?.met ?? 0);
}

/** An enqueue that was refused is no promise; it may only fail in the way that it says. */
function mayHaveArrived(error: unknown): boolean {
  expect(isJobsError(error, "broker_unavailable")).toBe(true);
  return false;
}

/** What was promised, and what was done. */
class Ledger {
  readonly #expected = new Set<number>();
  readonly #runs = new Map<number, number>();
  #onComplete: (() => void) | undefined;

  done(n: number): void {
    this.#runs.set(n, (this.#runs.get(n) ?? 0) + 1);
    this.#check();
  }

  expect(n: number): void {
    this.#expected.add(n);
  }

  /** Resolves when all that is promised by now is done. */
  complete(): Promise<void> {
    return new Promise((resolve) => {
      this.#onComplete = resolve;
      this.#check();
    });
  }

  get missing(): readonly number[] {
    return [...this.#expected].filter((n) => !this.#runs.has(n));
  }

  get doubles(): number {
    return [...this.#runs.values()].reduce((sum, runs) => sum + runs - 1, 0);
  }

  #check(): void {
    if (this.#onComplete !== undefined && this.missing.length === 0) this.#onComplete();
  }
}
