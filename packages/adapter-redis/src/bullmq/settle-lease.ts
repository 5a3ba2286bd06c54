import { countsAsFailure, type Settlement } from "@jobs/core/broker";
import { systemClock } from "@jobs/core/runtime";
import type { Job, JobsOptions } from "bullmq";
import type { RedisClient } from "../connection/connection-options.ts";
import { parseReceipt } from "../receive/receipt.ts";
import type { BullmqBackend } from "./bullmq-classes.ts";
import { refusalCode } from "./bullmq-queues.ts";

/** No job, no lock, not active, lock of another holder: the lease is lost. */
const LOST_CODES: ReadonlySet<number> = new Set([-1, -2, -3, -6]);

/** Connection and settings for settlements. */
export interface LeaseEnd {
  readonly client: RedisClient;
  readonly backend: BullmqBackend;
  /** BullMQ's option for a finished job whose producer has set none. */
  readonly removal: NonNullable<JobsOptions["removeOnComplete"]>;
  /** A `Job` for BullMQ's scripts. */
  createJob(storedId: string): Job;
}

/**
 * Ends one lease by BullMQ's own script for it; `false` when the lease is lost. Each settlement is one step,
 * including its counts.
 * @throws an error of the driver, or BullMQ's error with another code.
 */
export async function settleLease(end: LeaseEnd, settlement: Settlement): Promise<boolean> {
  try {
    await perform(end, settlement);
    return true;
  } catch (error) {
    if (LOST_CODES.has(refusalCode(error) ?? 0)) return false;
    throw error;
  }
}

async function perform(
  { client, backend, removal, createJob }: LeaseEnd,
  settlement: Settlement,
): Promise<void> {
  const { storedId, token } = parseReceipt(settlement.delivery.receipt);
  const failures = (settlement.delivery.failureCount ?? 0) + (countsAsFailure(settlement) ? 1 : 0);
  switch (settlement.action) {
    case "ack": {
      const job = createJob(storedId);
      const { removeOnComplete = removal } = job.opts;
      // The arguments are made here: the value is JSON text already, and must not be converted again.
      const args = backend.moveToCompletedArgs(job, settlement.value ?? "null", removeOnComplete, token);
      await backend.moveToFinished(storedId, args);
      return;
    }
    case "release":
      await backend.moveJobFromActiveToWait(storedId, token);
      // BullMQ sets no marker for a released job with a priority, so waiting workers would not wake up.
      client.zadd(backend.toKey("marker"), 0, "0").catch(() => {});
      return;
    case "retry": {
      const { failed, reason = "" } = settlement;
      const delay = settlement.delayMs === 0 ? 0 : Math.ceil(settlement.delayMs) + 1;
      const now = systemClock.now();
      const fieldsToUpdate = { failures, due: now + delay, lastError: reason };
      // Used without a delay too: only this script can leave the count of attempts as it is.
      await backend.moveToDelayed(storedId, now, delay, token, { skipAttempt: !failed, fieldsToUpdate });
      return;
    }
    case "dead": {
      const { error, reason } = settlement;
      const shown = error === undefined ? reason : `${reason}: ${error.message}`;
      const deadError = error === undefined ? "" : JSON.stringify(error);
      // Shown by BullMQ's tools in place of the reason.
      const shownStack = error?.stack && { stacktrace: JSON.stringify([`${reason}: ${error.stack}`]) };
      const fieldsToUpdate = { failures, deadReason: reason, deadError, ...shownStack };
      const job = createJob(storedId);
      const { removeOnFail = false } = job.opts;
      await backend.moveToFailed(job, shown, removeOnFail, token, false, fieldsToUpdate);
    }
  }
}

/** Number of jobs whose own options are remembered. With more of them, the leases of the oldest ended long ago. */
const MAX_REMEMBERED = 10_000;

/** How producers of BullMQ want their finished jobs kept or removed, by receipt. */
export class JobRemovals {
  readonly #options = new Map<string, JobsOptions>();

  /** Notes the options of a received job, if it has any of these. */
  remember(receipt: string, { removeOnComplete, removeOnFail }: JobsOptions): void {
    if (removeOnComplete === undefined && removeOnFail === undefined) return;
    this.#options.set(receipt, {
      ...(removeOnComplete !== undefined && { removeOnComplete }),
      ...(removeOnFail !== undefined && { removeOnFail }),
    });
    const [oldest] = this.#options.keys();
    if (this.#options.size > MAX_REMEMBERED && oldest !== undefined) this.#options.delete(oldest);
  }

  /** The options of a job, empty if its producer has set none. */
  of(receipt: string): JobsOptions {
    return this.#options.get(receipt) ?? {};
  }

  /** Its lease has ended. */
  forget(receipt: string): void {
    this.#options.delete(receipt);
  }
}
