import {
  type BrokerConsumer,
  CALL_TIMEOUT_MS,
  type Capabilities,
  type ConsumerOptions,
  type Delivery,
  type ExtendResult,
  type JobNote,
  type SettledAndReceived,
  type Settlement,
  type SettleResult,
  type TimedCall,
  type TimedReceive,
} from "@jobs/core/broker";
import { createSharedAbort, joinSignals, systemClock, withJoinedSignals } from "@jobs/core/runtime";
import { type BrokerSession, queuePrefix } from "../broker-session.ts";
import { LONGEST_WAIT_MS } from "../connection/connection-options.ts";
import { assertRunnable } from "../queue/check-keys.ts";
import { EXTEND } from "../scripts/extend.lua.ts";
import { NOTE } from "../scripts/note.lua.ts";
import { RECEIVE_BATCH } from "../scripts/receive-batch.lua.ts";
import type { Script } from "../scripts/script.ts";
import { BatchRequests, type BatchWish } from "./batch-requests.ts";
import { BlockingWait } from "./blocking-wait.ts";
import { intakesOf, type ListIntake } from "./list-intake.ts";
import { NotesInFlight } from "./notes-in-flight.ts";
import { parseReceipt } from "./receipt.ts";
import {
  abortable,
  EMPTY_BATCH,
  type ReceiveBatch,
  type ReceiveBatchAnswer,
  type RequestedBatch,
  readHanded,
  readReceiveBatch,
} from "./receive-batch.ts";

/** The most leases for one script, so that other commands do not wait long. */
const MAX_LEASES = 1_000;

/**
 * How long a call waits for a connection that is missing for long, in ms. During the wait it notices a reconnect at
 * once. During the caller's pause between two calls it would not.
 */
const RECONNECT_WATCH_MS = 12_000;

/** Small, since Redis and a worker that wait for each other lose more time than a call takes. See ADR 64. */
const SHARED_RECEIVE = 5;

/** From this time on a connection is missing for long, in ms. */
const LONG_MISSING_MS = 4_000;

/** A queue on Redis, opened for receiving. */
export class RedisConsumer implements BrokerConsumer {
  readonly queue: string;
  readonly capabilities: Capabilities;
  readonly sharedReceive = SHARED_RECEIVE;
  readonly #session: BrokerSession;
  readonly #leaseMs: number;
  readonly #prefix: string;
  readonly #keys: readonly string[];
  readonly #requests: BatchRequests;
  readonly #marker: BlockingWait;
  /** Only where other programs send to this queue by lists. */
  readonly #intakes: readonly ListIntake[];
  readonly #closing = createSharedAbort();
  readonly #closed: AbortSignal;
  /** Notes that are not written yet. A settlement waits for them, since it ends the lease. */
  readonly #notes = new NotesInFlight();

  constructor(session: BrokerSession, queue: string, { leaseMs, holder }: ConsumerOptions) {
    this.queue = queue;
    this.capabilities = session.capabilities;
    this.#session = session;
    this.#leaseMs = Math.ceil(leaseMs);
    this.#prefix = queuePrefix(session, queue);
    this.#keys = [`${this.#prefix}meta`];
    this.#requests = new BatchRequests(session, queue, { leaseMs: this.#leaseMs, ...(holder && { holder }) });
    const { consumerId, entry } = this.#requests;
    this.#marker = new BlockingWait(session, queue, { consumerId, holder, entry });
    this.#intakes = intakesOf(session, queue);
    this.#closed = joinSignals([this.#closing.signal, session.closed]).signal;
    this.#closed.addEventListener("abort", () => this.#marker.close(), { once: true });
  }

  async receive(options: TimedReceive): Promise<readonly Delivery[]> {
    return this.#receive(options);
  }

  async settle(settlements: readonly Settlement[], options: TimedCall): Promise<readonly SettleResult[]> {
    return (await this.#settle(settlements, 0, options)).settled;
  }

  async settleAndReceive(
    settlements: readonly Settlement[],
    options: TimedReceive,
  ): Promise<SettledAndReceived> {
    const { max, signal, waitMs } = options;
    // A busy worker makes no other call in between. The next receive reports the error.
    for (const intake of this.#intakes) await intake.moveWhenDue().catch(() => {});
    const { settled, batch } = await this.#settle(settlements, signal.aborted ? 0 : max, options);
    if (batch !== undefined && (batch.received.length > 0 || waitMs === 0))
      return { settled, received: batch.received };
    // The settlements are done, even when Redis fails during the wait.
    return { settled, received: await this.#receive(options, batch).catch(() => []) };
  }

  async extend(
    deliveries: readonly Delivery[],
    leaseMs: number,
    options: TimedCall,
  ): Promise<readonly ExtendResult[]> {
    const results: ExtendResult[] = [];
    for (let from = 0; from < deliveries.length; from += MAX_LEASES) {
      results.push(...(await this.#extend(deliveries.slice(from, from + MAX_LEASES), leaseMs, options)));
    }
    return results;
  }

  async note({ receipt }: Delivery, { progress, line }: JobNote): Promise<void> {
    const { storedId, token } = parseReceipt(receipt);
    const lease = [this.#prefix, storedId, token];
    const call = { timeoutMs: CALL_TIMEOUT_MS };
    const notes: Promise<unknown>[] = [];
    if (progress !== undefined) notes.push(this.#run(NOTE, [...lease, "progress", progress], call));
    if (line !== undefined) notes.push(this.#run(NOTE, [...lease, "line", line], call));
    await this.#notes.add(Promise.all(notes));
  }

  async close(): Promise<void> {
    this.#closing.abort();
  }

  async #extend(
    deliveries: readonly Delivery[],
    leaseMs: number,
    options: TimedCall,
  ): Promise<readonly ExtendResult[]> {
    const leases = deliveries.flatMap(({ receipt }) => {
      const { storedId, token } = parseReceipt(receipt);
      return [storedId, token];
    });
    const leaseUntil = systemClock.monotonic() + leaseMs;
    const args = [this.#prefix, Math.ceil(leaseMs), ...leases];
    const answers = (await this.#run(EXTEND, args, options)) as readonly number[];
    return answers.map((answer) => (answer === 1 ? { status: "extended", leaseUntil } : { status: "lost" }));
  }

  /** Receives ready messages, or waits for some after a `batch` without any. */
  #receive(options: TimedReceive, batch?: ReceiveBatch): Promise<readonly Delivery[]> {
    return withJoinedSignals([options.signal, this.#closed], (ended) =>
      this.#receiveUntil(ended, options, batch),
    );
  }

  async #receiveUntil(
    ended: AbortSignal,
    options: TimedReceive,
    batch: ReceiveBatch | undefined,
  ): Promise<readonly Delivery[]> {
    const giveUpAt = systemClock.monotonic() + options.waitMs;
    for (let last = batch; !ended.aborted; ) {
      const leftMs = giveUpAt - systemClock.monotonic();
      if (last !== undefined && (last.received.length > 0 || leftMs <= 0)) return last.received;
      for (const intake of this.#intakes) await intake.moveWhenDue();
      const next =
        last === undefined
          ? this.#look(options, { isMarked: false, waitMs: this.#longestWaitMs(leftMs) })
          : this.#batchAfterWait(options, giveUpAt, last, ended);
      last = await abortable(next, ended, () => {
        this.#marker.reset();
        return EMPTY_BATCH;
      });
      if (last.notice !== undefined && last.received.length === 0) assertRunnable(last.notice, this.queue);
      if (ended.aborted) return last.received;
    }
    return [];
  }

  /** A job that was handed over, or the next batch when there may be work. `last` has the time of the next delayed one. */
  async #batchAfterWait(
    options: TimedReceive,
    giveUpAt: number,
    last: ReceiveBatch,
    ended: AbortSignal,
  ): Promise<ReceiveBatch> {
    const ms = Math.min(this.#longestWaitMs(giveUpAt - systemClock.monotonic()), last.nextDueMs);
    const end = await this.#marker.wait(ms, ended);
    if (end.by === "job") {
      this.#requests.left();
      return { ...EMPTY_BATCH, received: [readHanded(end.job, last.leaseUntil)] };
    }
    // Without a batch a marker that was taken would be lost for the other consumers.
    if (ended.aborted && end.by !== "marker") return EMPTY_BATCH;
    const waitMs = ended.aborted ? 0 : this.#longestWaitMs(giveUpAt - systemClock.monotonic());
    return this.#look(options, { isMarked: true, waitMs });
  }

  /** A batch that settles nothing. */
  #look(options: TimedReceive, how: Pick<BatchWish, "isMarked" | "waitMs">): Promise<ReceiveBatch> {
    return this.#requestBatch({ settlements: [], max: options.max, ...how }, options);
  }

  /** The longest wait of one command. A lease begins with the request, so the wait shortens it. */
  #longestWaitMs(leftMs: number): number {
    return Math.max(0, Math.min(leftMs, this.#session.sweepMs, this.#leaseMs / 6, LONGEST_WAIT_MS));
  }

  /** Settles in parts; the last part also receives up to `max`. Result i answers settlement i. */
  async #settle(settlements: readonly Settlement[], max: number, options: TimedCall): Promise<Settled> {
    const notes = this.#notes.ended();
    if (notes !== undefined) await notes;
    const settled: SettleResult[] = [];
    let batch: ReceiveBatch | undefined;
    for (let from = 0; from < settlements.length; from += MAX_LEASES) {
      const isLast = from + MAX_LEASES >= settlements.length;
      const part = settlements.slice(from, from + MAX_LEASES);
      batch = await this.#requestBatch(
        { settlements: part, max: isLast ? max : 0, isMarked: false },
        options,
      );
      settled.push(...batch.settled);
    }
    return { settled, batch };
  }

  async #requestBatch(wish: BatchWish, options: TimedCall): Promise<ReceiveBatch> {
    const { args, asked } = this.#requests.write(wish);
    return this.#read(await this.#run(RECEIVE_BATCH, args, options), asked);
  }

  #read(answer: unknown, asked: RequestedBatch): ReceiveBatch {
    const batch = readReceiveBatch(answer as ReceiveBatchAnswer, asked);
    if (batch.isSweeping) this.#requests.sweepOn();
    if (batch.notice !== undefined) this.#session.checkVersion(batch.notice, this.queue);
    return batch;
  }

  #run(script: Script, args: readonly (string | number)[], { timeoutMs }: TimedCall): Promise<unknown> {
    const { link } = this.#session;
    // A caller with a shorter time limit than usual keeps its limit.
    const isWatched = link.downMs > LONG_MISSING_MS && timeoutMs >= CALL_TIMEOUT_MS;
    const withinMs = isWatched ? RECONNECT_WATCH_MS : timeoutMs;
    return link.script(script, { name: this.queue, keys: this.#keys, withinMs }, args);
  }
}

/** Results of settlements, and the batch that settled the last ones. */
interface Settled {
  readonly settled: readonly SettleResult[];
  readonly batch: ReceiveBatch | undefined;
}
