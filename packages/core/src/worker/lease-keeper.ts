import type { ExtendResult } from "../broker/settlement.ts";
import { LeaseLostError } from "../errors/broker-errors.ts";
import type { Cancel } from "../runtime/clock.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { ConsumerInUse } from "./consumer-in-use.ts";
import type { Run } from "./run.ts";

/** Keeps the leases of one consumer's runs alive, from receive until the settlement is confirmed. */
export interface LeaseKeeper {
  /** There is a run to keep a lease for. */
  start(): void;
  stop(): void;
}

/** What a {@link LeaseKeeper} works on. */
export interface LeaseKeeperParts {
  readonly runtime: Runtime;
  readonly leaseMs: number;
  /** The runs in hand; they come and go without the keeper being told. */
  readonly runs: ReadonlySet<Run>;
  readonly consumer: ConsumerInUse;
  /** Called once for a run whose lease is gone. */
  onLost(run: Run): void;
}

/**
 * Creates a {@link LeaseKeeper}: one batch for all runs at a third of the lease, ± 10 % so that workers do not march in
 * step; after an error again at a sixth. A lease whose end passes unextended counts as lost, whatever the broker says.
 */
export function createLeaseKeeper(parts: LeaseKeeperParts): LeaseKeeper {
  const { runtime, leaseMs, runs } = parts;
  const { clock } = runtime;
  let cancelNext: Cancel | undefined;
  let isStopped = false;

  function scheduleNext(hasFailed: boolean): void {
    if (isStopped || runs.size === 0) {
      cancelNext = undefined;
      return;
    }
    const beatMs = hasFailed ? leaseMs / 6 : (leaseMs / 3) * (0.9 + runtime.random() * 0.2);
    cancelNext = clock.schedule(Math.min(beatMs, untilFirstEnd()), () => void extendAll());
  }

  /** A lease that the broker has shortened or refuses to prolong ends before the next beat: it is missed by no one else. */
  function untilFirstEnd(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const run of runs) if (!run.hasLostLease) first = Math.min(first, run.leaseUntil);
    return Math.max(0, first - clock.monotonic());
  }

  async function extendAll(): Promise<void> {
    const now = clock.monotonic();
    const due: Run[] = [];
    for (const run of runs) {
      if (run.hasLostLease) continue;
      if (run.leaseUntil <= now) lose(run);
      // A lease younger than a sixth keeps until the next beat.
      else if (run.leaseUntil - now < (leaseMs * 5) / 6) due.push(run);
    }
    const hasFailed = due.length > 0 && (await extend(due)) === "failed";
    scheduleNext(hasFailed);
  }

  async function extend(due: readonly Run[]): Promise<"ok" | "failed"> {
    try {
      const deliveries = due.map((run) => run.delivery);
      const results = await parts.consumer.current.extend(deliveries, leaseMs);
      return due.map((run, index) => apply(run, results[index])).includes("failed") ? "failed" : "ok";
    } catch (error) {
      runtime.logger.warn(
        { err: error, leases: due.length },
        "leases could not be extended; trying again in time",
      );
      return "failed";
    }
  }

  function apply(run: Run, result: ExtendResult | undefined): "ok" | "failed" {
    if (result?.status === "extended") {
      run.leaseUntil = result.leaseUntil;
      return "ok";
    }
    if (result?.status !== "lost") return "failed";
    // Settled while the extension was under way: nothing was lost.
    if (runs.has(run) && !run.isEnding) lose(run);
    return "ok";
  }

  function lose(run: Run): void {
    if (run.hasLostLease) return;
    run.interrupt({ kind: "lease_lost", error: new LeaseLostError(run.ref.id) });
    parts.onLost(run);
  }

  return {
    start() {
      if (cancelNext === undefined) scheduleNext(false);
    },
    stop() {
      isStopped = true;
      cancelNext?.();
    },
  };
}
