import type { GuardedConsumer } from "../broker/guard.ts";
import type { Settlement, SettleResult } from "../broker/settlement.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Ending } from "./ending.ts";
import { patience } from "./patience.ts";
import type { Run } from "./run.ts";

/** A settlement on its way to the broker. */
export interface PendingSettlement {
  readonly run: Run;
  readonly ending: Ending;
  readonly settlement: Settlement;
  failures: number;
}

/** How a settlement ended: confirmed, refused because the lease was gone, or never answered in time. */
export type SettledAs = "settled" | "lost" | "gave_up";

/** Ends the leases of one consumer in batches. */
export interface Settler {
  /** Hands over how a run ends; sent at the end of this event-loop turn at the latest. */
  add(run: Run, ending: Ending): void;
  /** Takes all that waits, for a call that settles and receives; answer with `answer` or `fail`. */
  take(): readonly PendingSettlement[];
  answer(batch: readonly PendingSettlement[], results: readonly SettleResult[]): void;
  fail(batch: readonly PendingSettlement[], error: unknown): void;
  /** Sends what waits in a call of its own. */
  flush(): void;
  /** From now on nothing is tried again after it fails. */
  giveUp(): void;
  /** Settlements not confirmed yet. */
  readonly unconfirmed: number;
  /** Those among them that have failed before: their runs hold their slots. */
  readonly failing: number;
}

/** What a {@link Settler} works on. */
export interface SettlerParts {
  readonly runtime: Runtime;
  consumer(): GuardedConsumer;
  /** Called once for each settlement. */
  onEnd(run: Run, ending: Ending, as: SettledAs): void;
  /** Called when something waits to be sent. */
  onPending(): void;
}

/**
 * Creates a {@link Settler}. A settlement that fails is tried again while its lease is kept: a success whose ack does
 * not get through is never handed back by us.
 */
export function createSettler(parts: SettlerParts): Settler {
  const { clock, random, logger } = parts.runtime;
  let pending: PendingSettlement[] = [];
  let unconfirmed = 0;
  let failing = 0;
  let hasGivenUp = false;

  function end(item: PendingSettlement, as: SettledAs): void {
    unconfirmed--;
    if (item.failures > 0) failing--;
    parts.onEnd(item.run, item.ending, as);
  }

  function tryAgain(item: PendingSettlement, error: unknown): void {
    if (item.failures++ === 0) failing++;
    const isOver = hasGivenUp || item.run.hasLostLease || clock.monotonic() >= item.run.leaseUntil;
    if (isOver) {
      logger.error(
        { err: error, job: item.run.ref.id, action: item.settlement.action },
        "a settlement did not get through",
      );
      return end(item, "gave_up");
    }
    clock.schedule(patience(item.failures, random), () => {
      pending.push(item);
      parts.onPending();
    });
  }

  function apply(item: PendingSettlement, result: SettleResult | undefined): void {
    if (result?.status === "settled") end(item, "settled");
    else if (result?.status === "lost") end(item, "lost");
    else tryAgain(item, result?.error);
  }

  const settler: Settler = {
    add(run, ending) {
      run.isEnding = true;
      unconfirmed++;
      const settlement = { delivery: run.delivery, ...ending.action };
      pending.push({ run, ending, settlement, failures: 0 });
      parts.onPending();
    },
    take() {
      const batch = pending;
      pending = [];
      return batch;
    },
    answer: (batch, results) => batch.forEach((item, index) => apply(item, results[index])),
    fail(batch, error) {
      for (const item of batch) tryAgain(item, error);
    },
    flush() {
      if (pending.length === 0) return;
      const batch = settler.take();
      const settlements = batch.map(({ settlement }) => settlement);
      parts
        .consumer()
        .settle(settlements)
        .then(
          (results) => settler.answer(batch, results),
          (error: unknown) => settler.fail(batch, error),
        );
    },
    giveUp() {
      hasGivenUp = true;
    },
    get unconfirmed() {
      return unconfirmed;
    },
    get failing() {
      return failing;
    },
  };
  return settler;
}
