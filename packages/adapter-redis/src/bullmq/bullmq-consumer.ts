import { randomBytes } from "node:crypto";
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
import { createSharedAbort, joinSignals, repeat, systemClock, withJoinedSignals } from "@jobs/core/runtime";
import { LONGEST_WAIT_MS, type RedisClient } from "../connection/connection-options.ts";
import { assertMajor } from "../queue/check-keys.ts";
import { BlockingWait, type WaitEnd } from "../receive/blocking-wait.ts";
import { NotesInFlight } from "../receive/notes-in-flight.ts";
import { type LeaseKey, parseReceipt, writeHolder } from "../receive/receipt.ts";
import { abortable } from "../receive/receive-batch.ts";
import { KEPT_LINES } from "../scripts/note.lua.ts";
import type { BullmqBackend, LeaseWorker } from "./bullmq-classes.ts";
import type { BullmqSession } from "./bullmq-queues.ts";
import { majorOf } from "./load-bullmq.ts";
import { JobRemovals, settleLease } from "./settle-lease.ts";
import { type TakenJobs, takeJobs } from "./take-jobs.ts";

const NOTHING: TakenJobs = { taken: [], dueAt: 0 };

/** Receives from a queue by BullMQ's own scripts. */
export class BullmqConsumer implements BrokerConsumer {
  readonly queue: string;
  readonly capabilities: Capabilities;
  readonly #session: BullmqSession;
  readonly #leaseMs: number;
  /** Part of the token of each lease. */
  readonly #consumerId = randomBytes(9).toString("base64url");
  readonly #holder: string | undefined;
  readonly #marker: BlockingWait;
  readonly #closing = createSharedAbort();
  readonly #closed: AbortSignal;
  #takes = 0;
  #lastTaken = 0;
  /** Which version of BullMQ uses the queue, as of the last sweep. */
  #version = "";
  /** Notes in flight. A settlement waits for them, since it ends the lease. */
  readonly #notes = new NotesInFlight();
  /** The worker, and the connection to which it is bound. */
  #bound: { readonly client: RedisClient; readonly worker: LeaseWorker } | undefined;
  readonly #removals = new JobRemovals();

  constructor(session: BullmqSession, queue: string, { leaseMs, holder }: ConsumerOptions) {
    this.queue = queue;
    this.capabilities = session.capabilities;
    this.#session = session;
    this.#leaseMs = Math.ceil(leaseMs);
    this.#holder = holder;
    this.#marker = new BlockingWait(session, queue, { consumerId: this.#consumerId, holder });
    this.#closed = joinSignals([this.#closing.signal, session.closed]).signal;
    // At once too: where workers crash again and again, none may live until the second sweep.
    this.#sweep();
    const stopSweeps = repeat(systemClock, session.sweepMs, () => this.#sweep());
    const end = () => {
      stopSweeps();
      this.#marker.close();
      this.#release();
    };
    this.#closed.addEventListener("abort", end, { once: true });
  }

  async receive(options: TimedReceive): Promise<readonly Delivery[]> {
    return this.#receive(options);
  }

  async settle(
    settlements: readonly Settlement[],
    { timeoutMs }: TimedCall,
  ): Promise<readonly SettleResult[]> {
    if (settlements.length === 0) return [];
    const notes = this.#notes.ended();
    if (notes !== undefined) await notes;
    return this.#call(timeoutMs, (client) => this.#settleOn(client, settlements));
  }

  /** The first take is sent directly after the settlements, so that both need one round trip. */
  async settleAndReceive(
    settlements: readonly Settlement[],
    options: TimedReceive,
  ): Promise<SettledAndReceived> {
    const { signal, timeoutMs, waitMs } = options;
    if (settlements.length === 0) return { settled: [], received: await this.#receive(options) };
    if (signal.aborted) return { settled: await this.settle(settlements, options), received: [] };
    const notes = this.#notes.ended();
    if (notes !== undefined) await notes;
    const [settled, first] = await this.#call(timeoutMs, (client) =>
      // The settlements are done, even when Redis fails during the take.
      Promise.all([this.#settleOn(client, settlements), this.#takeOn(client, options).catch(() => NOTHING)]),
    );
    if (first.taken.length > 0 || waitMs === 0) return { settled, received: this.#deliver(first) };
    return { settled, received: await this.#receive(options, first).catch(() => []) };
  }

  async extend(
    deliveries: readonly Delivery[],
    leaseMs: number,
    { timeoutMs }: TimedCall,
  ): Promise<readonly ExtendResult[]> {
    if (deliveries.length === 0) return [];
    const leaseUntil = systemClock.monotonic() + leaseMs;
    const leases = deliveries.map(({ receipt }) => parseReceipt(receipt));
    const lost = await this.#call(timeoutMs, (client) =>
      extendLeases(this.#workerOn(client).backend, leases, leaseMs),
    );
    return deliveries.map((_, position) =>
      lost.has(position) ? { status: "lost" } : { status: "extended", leaseUntil },
    );
  }

  /** BullMQ stores the note of any caller, so the lock is compared first. */
  async note({ receipt }: Delivery, { progress, line }: JobNote): Promise<void> {
    const { storedId, token } = parseReceipt(receipt);
    const note = this.#call(CALL_TIMEOUT_MS, async (client) => {
      const { backend } = this.#workerOn(client);
      if ((await client.get(`${backend.toKey(storedId)}:lock`)) !== token) return;
      if (progress !== undefined) await backend.updateProgress(storedId, JSON.parse(progress));
      if (line !== undefined) await backend.addLog(storedId, line, KEPT_LINES);
    });
    await this.#notes.add(note);
  }

  async close(): Promise<void> {
    this.#closing.abort();
  }

  /** Receives ready messages, or waits for some after a take without any. */
  #receive(options: TimedReceive, first?: TakenJobs): Promise<readonly Delivery[]> {
    return withJoinedSignals([options.signal, this.#closed], (ended) =>
      this.#receiveUntil(ended, options, first),
    );
  }

  async #receiveUntil(
    ended: AbortSignal,
    options: TimedReceive,
    first: TakenJobs | undefined,
  ): Promise<readonly Delivery[]> {
    const { timeoutMs, waitMs } = options;
    const giveUpAt = systemClock.monotonic() + waitMs;
    for (let last = first; !ended.aborted; last = undefined) {
      const take = () => this.#call(timeoutMs, (client) => this.#takeOn(client, options));
      last ??= await abortable(take(), ended, () => NOTHING);
      const leftMs = giveUpAt - systemClock.monotonic();
      if (last.taken.length > 0 || leftMs <= 0) return this.#deliver(last);
      if (!ended.aborted) await this.#waitForMark(leftMs, last.dueAt, ended);
    }
    return [];
  }

  /** Rejects only when none was settled. */
  async #settleOn(client: RedisClient, settlements: readonly Settlement[]): Promise<readonly SettleResult[]> {
    const { worker, backend } = this.#workerOn(client);
    const { removal } = this.#session;
    const answers = await Promise.allSettled(
      settlements.map((settlement) => {
        const options = this.#removals.of(settlement.delivery.receipt);
        const createJob = (storedId: string) => worker.createJob(storedId, options);
        return settleLease({ client, backend, removal, createJob }, settlement);
      }),
    );
    const [first] = answers;
    if (first?.status === "rejected" && answers.every(({ status }) => status === "rejected"))
      throw first.reason;
    return answers.map((answer, index): SettleResult => {
      if (answer.status === "rejected")
        return { status: "failed", error: this.#session.link.refusal(answer.reason, this.queue) };
      this.#removals.forget(settlements[index]?.delivery.receipt ?? "");
      return { status: answer.value ? "settled" : "lost" };
    });
  }

  async #takeOn(client: RedisClient, { max }: TimedReceive): Promise<TakenJobs> {
    this.#assertVersion();
    const { worker } = this.#workerOn(client);
    return takeJobs({
      client,
      worker,
      form: this.#session.formOf(this.queue),
      max: Math.min(max, this.capabilities.maxReceive),
      expected: this.#lastTaken,
      workerName: this.#holder,
      nextToken: () => `${this.#consumerId}.${++this.#takes}${writeHolder(this.#holder)}`,
      leaseUntil: () => systemClock.monotonic() + this.#leaseMs,
    });
  }

  #deliver({ taken }: TakenJobs): readonly Delivery[] {
    this.#lastTaken = taken.length;
    for (const { delivery, options } of taken) this.#removals.remember(delivery.receipt, options);
    return taken.map(({ delivery }) => delivery);
  }

  /** Waits until there may be work. A marker that it takes after an abort is set again for the other workers. */
  async #waitForMark(leftMs: number, dueAt: number, ended: AbortSignal): Promise<void> {
    const untilDueMs = dueAt === 0 ? leftMs : Math.max(0, dueAt - systemClock.now());
    const ms = Math.min(leftMs, untilDueMs, this.#session.sweepMs, LONGEST_WAIT_MS);
    const end = await abortable<WaitEnd>(this.#marker.wait(ms, ended), ended, () => {
      this.#marker.reset();
      return { by: "time" };
    });
    if (end.by !== "marker" || !ended.aborted) return;
    this.#call(CALL_TIMEOUT_MS, (client) => {
      const marker = this.#session.queues.backend(client, this.queue).toKey("marker");
      return client.zadd(marker, 0, "0");
    }).catch(() => {});
  }

  /** Lets BullMQ put back jobs whose lease has ended. That needs two sweeps: one marks a job, the next moves it. */
  #sweep(): void {
    if (this.#session.link.downMs > 0 && this.#bound !== undefined) return;
    const sweep = this.#call(CALL_TIMEOUT_MS, async (client) => {
      const { backend } = this.#workerOn(client);
      this.#version = (await client.hget(backend.toKey("meta"), "version")) ?? "";
      this.#assertVersion();
      await backend.moveStalledJobsToWait();
    });
    // The next receive reports it.
    sweep.catch(() => {});
  }

  /** Another major version stores jobs in other ways, so its jobs are left to it. */
  #assertVersion(): void {
    assertMajor(this.#version, majorOf(this.#session.bullmq.version), this.queue);
  }

  #workerOn(client: RedisClient) {
    if (this.#bound?.client !== client) {
      this.#release();
      const { bullmq, prefix, sweepMs } = this.#session;
      const worker = bullmq.classes.openWorker(this.queue, {
        connection: client,
        prefix,
        lockDuration: this.#leaseMs,
        stalledInterval: sweepMs,
        // Core decides by the counts when a job has crashed too often.
        maxStalledCount: Number.MAX_SAFE_INTEGER,
        ...(this.#holder !== undefined && { name: this.#holder }),
      });
      this.#bound = { client, worker };
    }
    const { worker } = this.#bound;
    return { worker, backend: worker.backend };
  }

  /** Closes the worker, which removes its listeners from the connection. The connection stays open. */
  #release(): void {
    this.#bound?.worker.close().catch(() => {});
    this.#bound = undefined;
  }

  /** A call that waits for its connection until after the close may bind a worker again, which nobody else releases. */
  #call<T>(withinMs: number, run: (client: RedisClient) => Promise<T>): Promise<T> {
    const runAndRelease = (client: RedisClient) => run(client).finally(() => this.#release());
    const runBound = (client: RedisClient) => (this.#closed.aborted ? runAndRelease(client) : run(client));
    return this.#session.link.call({ queue: this.queue, withinMs, run: runBound });
  }
}

/** Extends leases by BullMQ's own script. Returns the positions of those that are lost. */
async function extendLeases(
  backend: BullmqBackend,
  leases: readonly LeaseKey[],
  leaseMs: number,
): Promise<ReadonlySet<number>> {
  const parts = await Promise.all(
    // BullMQ answers by the id of the job, so two leases of one job go in separate calls.
    withoutTwins(leases.map(({ storedId }) => storedId)).map(async (positions) => {
      const ids = positions.map((position) => leases[position]?.storedId ?? "");
      const tokens = positions.map((position) => leases[position]?.token ?? "");
      const failed = new Set(await backend.extendLocks(ids, tokens, Math.ceil(leaseMs)));
      return positions.filter((_, index) => failed.has(ids[index] ?? ""));
    }),
  );
  return new Set(parts.flat());
}

/** The positions of all ids, in parts in which no id comes twice. */
function withoutTwins(ids: readonly string[]): readonly (readonly number[])[] {
  const parts: number[][] = [];
  const seen = new Map<string, number>();
  ids.forEach((id, position) => {
    const part = seen.get(id) ?? 0;
    seen.set(id, part + 1);
    parts[part] ??= [];
    parts[part].push(position);
  });
  return parts;
}
