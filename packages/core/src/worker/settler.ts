import type { GuardedConsumer } from "../broker/guard.ts";
import type { SettleResult } from "../broker/settlement.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Ending } from "./ending.ts";
import { patience } from "./patience.ts";
import type { Run } from "./run.ts";

/** A settlement on its way to the broker. */
export interface PendingSettlement {
  readonly run: Run;
  readonly ending: Ending;
  failures: number;
}

/** How a settlement ended: confirmed, refused because the lease was gone, or never answered in time. */
export type SettledAs = "settled" | "lost" | "gave_up";

/** What a {@link Settler} works on. */
export interface SettlerParts {
  readonly runtime: Runtime;
  /** The consumer in use; it may be replaced after an outage. */
  consumer(): GuardedConsumer;
  /** Called once for each settlement. */
  onEnd(run: Run, ending: Ending, as: SettledAs): void;
  /** Called when something waits to be sent. */
  onPending(): void;
}

/**
 * Ends the leases of one consumer in batches. A settlement that fails is tried again while its lease is kept: a
 * success whose ack does not get through is never handed back by us.
 */
export class Settler {
  readonly #parts: SettlerParts;
  #pending: PendingSettlement[] = [];
  #unconfirmed = 0;
  #failing = 0;
  #hasGivenUp = false;

  constructor(parts: SettlerParts) {
    this.#parts = parts;
  }

  /** Settlements not confirmed yet. */
  get unconfirmed(): number {
    return this.#unconfirmed;
  }

  /** Those among them that have failed before: their runs hold their slots. */
  get failing(): number {
    return this.#failing;
  }

  /** Hands over how a run ends; sent at the end of this event-loop turn at the latest. */
  add(run: Run, ending: Ending): void {
    run.isEnding = true;
    this.#unconfirmed++;
    this.#pending.push({ run, ending, failures: 0 });
    this.#parts.onPending();
  }

  /** Takes all that waits, for a call that settles and receives; answer with `answer` or `fail`. */
  take(): readonly PendingSettlement[] {
    const batch = this.#pending;
    this.#pending = [];
    return batch;
  }

  /** The broker's answers to a batch, in its order. */
  answer(batch: readonly PendingSettlement[], results: readonly SettleResult[]): void {
    let index = 0;
    for (const item of batch) {
      const result = results[index++];
      if (result?.status === "settled" || result?.status === "lost") this.#end(item, result.status);
      else this.#tryAgain(item, result?.error);
    }
  }

  /** The whole batch did not get through. */
  fail(batch: readonly PendingSettlement[], error: unknown): void {
    for (const item of batch) this.#tryAgain(item, error);
  }

  /** Sends what waits in a call of its own. */
  flush(): void {
    if (this.#pending.length === 0) return;
    const batch = this.take();
    const settlements = batch.map(({ ending }) => ending.settlement);
    this.#parts
      .consumer()
      .settle(settlements)
      .then(
        (results) => this.answer(batch, results),
        (error: unknown) => this.fail(batch, error),
      );
  }

  /** From now on nothing is tried again after it fails. */
  giveUp(): void {
    this.#hasGivenUp = true;
  }

  #end(item: PendingSettlement, as: SettledAs): void {
    this.#unconfirmed--;
    if (item.failures > 0) this.#failing--;
    this.#parts.onEnd(item.run, item.ending, as);
  }

  #tryAgain(item: PendingSettlement, error: unknown): void {
    const { clock, random, logger } = this.#parts.runtime;
    if (item.failures++ === 0) this.#failing++;
    if (this.#hasGivenUp || item.run.hasLostLease || clock.monotonic() >= item.run.leaseUntil) {
      const fields = { err: error, job: item.run.ref.id, action: item.ending.settlement.action };
      logger.error(fields, "a settlement did not get through");
      return this.#end(item, "gave_up");
    }
    clock.schedule(patience(item.failures, random), () => {
      this.#pending.push(item);
      this.#parts.onPending();
    });
  }
}
