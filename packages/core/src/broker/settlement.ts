import type { JobsError } from "../errors/jobs-error.ts";
import type { SerializedError } from "../errors/serialized-error.ts";
import type { Delivery } from "./delivery.ts";

/** Why a job was set aside for people. Part of the API: shown by `jobs dlq`, matched by scripts. */
export const DEAD_REASONS = [
  "exhausted",
  "fatal",
  "timeout",
  "uncaught",
  "crash_loop",
  "signature_mismatch",
  "unknown_task",
  "envelope_version",
  "undecodable",
  "expired",
  "completion_failed",
] as const;

/** One of {@link DEAD_REASONS}. */
export type DeadReason = (typeof DEAD_REASONS)[number];

/** How a lease ends. */
export type SettlementAction =
  /** Done, forget it. */
  | { readonly action: "ack" }
  /** Again after `delayMs`. `failed: false` is a snooze or a hold: no failure is counted. */
  | {
      readonly action: "retry";
      readonly delayMs: number;
      readonly failed: boolean;
      readonly reason?: string;
    }
  /** Not the job's fault: next in line at once, nothing counted. */
  | { readonly action: "release" }
  /** Set aside for people, always with a reason. */
  | { readonly action: "dead"; readonly reason: DeadReason; readonly error?: SerializedError };

/** Reasons that mean a run has failed; the others set aside a job that was not run, or whose handler has done its work. */
const FAILED_RUN: ReadonlySet<DeadReason> = new Set<DeadReason>([
  "exhausted",
  "fatal",
  "timeout",
  "uncaught",
]);

/** Whether a broker that counts failures counts one for this settlement, so that a dead letter shows its last one too. */
export function countsAsFailure(settlement: SettlementAction): boolean {
  if (settlement.action === "retry") return settlement.failed;
  return settlement.action === "dead" && FAILED_RUN.has(settlement.reason);
}

/** The end of one lease. */
export type Settlement = { readonly delivery: Delivery } & SettlementAction;

/** `lost`: the lease was no longer held, nothing was changed. `failed`: it may be tried again while the lease lasts. */
export type SettleResult =
  | { readonly status: "settled" }
  | { readonly status: "lost" }
  | { readonly status: "failed"; readonly error: JobsError };

/** What became of one extension; `leaseUntil` is the new end on the monotonic clock. */
export type ExtendResult =
  | { readonly status: "extended"; readonly leaseUntil: number }
  | { readonly status: "lost" }
  | { readonly status: "failed"; readonly error: JobsError };
