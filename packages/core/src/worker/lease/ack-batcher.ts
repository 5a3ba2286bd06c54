import type { Settlement, SettleResult } from "../../broker/settlement.ts";
import { isJobsError } from "../../errors/jobs-error.ts";
import { retryBackoff } from "../../retry/backoff.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { ReconnectingConsumer } from "../fetch/receives.ts";
import type { Run } from "../run/run.ts";
import { RELEASED, type RunOutcome, settlementOf } from "../run/run-outcome.ts";

/** How a settlement ended: confirmed, refused because the lease was gone, or never answered in time. */
export type SettleOutcome = "settled" | "lost" | "gave_up";

/** The owner of settlements. */
export interface SettlementOwner {
  /** A settlement has ended at that monotonic time; called once for each. */
  ended(run: Run, how: SettleOutcome, endedAt: number): void;
  /** A settlement waits to be sent. */
  wake(): void;
}

/**
 * Settles the leases of one consumer in batches. A failed settlement is retried while its lease lasts. A success with a
 * failing ack is never released.
 */
export class AckBatcher {
  readonly #consumer: ReconnectingConsumer;
  readonly #runtime: Runtime;
  readonly #owner: SettlementOwner;
  /** Runs whose settlement waits to be sent. */
  #pending: Run[] = [];
  #unconfirmed = 0;
  #failing = 0;
  #hasGivenUp = false;

  constructor(consumer: ReconnectingConsumer, runtime: Runtime, owner: SettlementOwner) {
    this.#consumer = consumer;
    this.#runtime = runtime;
    this.#owner = owner;
  }

  /** Settlements not confirmed yet. */
  get unconfirmed(): number {
    return this.#unconfirmed;
  }

  /** Number of those that failed before; their runs occupy their slots. */
  get failing(): number {
    return this.#failing;
  }

  /** Adds the outcome of a run; it is sent at the end of this event-loop turn at the latest. */
  add(run: Run, outcome: RunOutcome): void {
    run.settleAs(outcome);
    this.#unconfirmed++;
    this.#pending.push(run);
    this.#owner.wake();
  }

  /** Takes all waiting settlements for a call that also receives; answer with `answer` or `fail`. */
  take(): readonly Run[] {
    const batch = this.#pending;
    this.#pending = [];
    return batch;
  }

  /** The broker's answers to a batch, in its order. */
  answer(batch: readonly Run[], results: readonly SettleResult[]): void {
    let index = 0;
    // Read once for all of them, since reading the clock takes as long as ending a run.
    const answeredAt = this.#runtime.clock.monotonic();
    for (const run of batch) {
      const result = results[index++];
      if (result?.status === "settled" || result?.status === "lost")
        this.#end(run, result.status, answeredAt);
      else this.#tryAgain(run, result?.error);
    }
  }

  /** The whole batch failed. */
  fail(batch: readonly Run[], error: unknown): void {
    for (const run of batch) this.#tryAgain(run, error);
  }

  /** Sends waiting settlements in a separate call. */
  flush(): void {
    if (this.#pending.length === 0) return;
    const batch = this.take();
    this.#consumer.current.settle(settlementsOf(batch)).then(
      (results) => this.answer(batch, results),
      (error: unknown) => this.fail(batch, error),
    );
  }

  /** Stops all retries. */
  giveUp(): void {
    this.#hasGivenUp = true;
  }

  #end(run: Run, how: SettleOutcome, endedAt: number): void {
    this.#unconfirmed--;
    if (run.settleFailures > 0) this.#failing--;
    this.#owner.ended(run, how, endedAt);
  }

  #tryAgain(run: Run, error: unknown): void {
    const { clock, random, limited } = this.#runtime;
    const failures = run.settlementFailed();
    if (failures === 1) {
      this.#failing++;
      this.#reportFirst(run, error);
    }
    const now = clock.monotonic();
    if (this.#hasGivenUp || run.hasLostLease || now >= run.leaseUntil) {
      const fields = { err: error, job: run.ref.id, outcome: run.outcome?.status };
      limited.error(fields, "a settlement did not get through");
      return this.#end(run, "gave_up", now);
    }
    clock.schedule(retryBackoff(failures, random), () => {
      this.#pending.push(run);
      this.#owner.wake();
    });
  }

  /** A lease may be renewed for ever, so a settlement that cannot succeed must not be tried again in silence. */
  #reportFirst(run: Run, error: unknown): void {
    const { limited, report } = this.#runtime;
    const message = "the broker did not take a settlement; it is sent again while the lease lasts";
    const fields = { job: run.ref.id, task: run.ref.task, queue: run.source.queue };
    if (isJobsError(error) && error.retryable) limited.warn({ err: error, ...fields }, message);
    else report({ source: "broker", err: error, ...fields }, message);
  }
}

/** The settlements of ending runs. */
export function settlementsOf(batch: readonly Run[]): readonly Settlement[] {
  return batch.map(({ outcome = RELEASED, delivery }) => settlementOf(outcome, delivery));
}
