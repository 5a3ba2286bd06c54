import type { JobsError } from "../errors/jobs-error.ts";
import type { SerializedError } from "../errors/serialized-error.ts";
import type { Delivery } from "./delivery.ts";

/** Why a job became a dead letter. Part of the API: `jobs dlq` shows it, and scripts match it. */
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
  /** Done; the message is removed. `value`: JSON text of what the handler returned, where `keepsFinished` asks for it. */
  | { readonly action: "ack"; readonly value?: string | undefined }
  /** Again after `delayMs`. `failed: false` is a snooze or a hold: no failure is counted. */
  | {
      readonly action: "retry";
      readonly delayMs: number;
      readonly failed: boolean;
      readonly reason?: string;
    }
  /** Released without fault of the job: ready at once and next in line, nothing counted. */
  | { readonly action: "release" }
  /** Becomes a dead letter, always with a reason. */
  | { readonly action: "dead"; readonly reason: DeadReason; readonly error?: SerializedError };

/** Reasons that mean a failed run. With the other reasons the job was not run, or its handler had succeeded. */
const FAILED_RUN: ReadonlySet<DeadReason> = new Set<DeadReason>([
  "exhausted",
  "fatal",
  "timeout",
  "uncaught",
]);

/** Whether this settlement counts as a failure, so that a dead letter includes its last one. */
export function countsAsFailure(settlement: SettlementAction): boolean {
  if (settlement.action === "retry") return settlement.failed;
  return settlement.action === "dead" && FAILED_RUN.has(settlement.reason);
}

/** The end of one lease. */
export type Settlement = { readonly delivery: Delivery } & SettlementAction;

/**
 * `lost`: the lease was not held any more, and nothing was changed. `failed`: it may be retried while the lease lasts.
 */
export type SettleResult =
  | { readonly status: "settled" }
  | { readonly status: "lost" }
  | { readonly status: "failed"; readonly error: JobsError };

/** The result of one extension; `leaseUntil` is the new end in ms on the monotonic clock. */
export type ExtendResult =
  | { readonly status: "extended"; readonly leaseUntil: number }
  | { readonly status: "lost" }
  | { readonly status: "failed"; readonly error: JobsError };
