import type { Delivery } from "../../broker/delivery.ts";
import type { ExtendResult } from "../../broker/settlement.ts";
import { LeaseLostError } from "../../errors/broker-errors.ts";
import type { Cancel } from "../../runtime/clock.ts";
import type { IdTable } from "../../runtime/id-table.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { ReconnectingConsumer } from "../fetch/receives.ts";
import type { Run } from "../run/run.ts";

/** The runs of a {@link LeaseRenewer}, and how their leases are extended. */
export interface LeaseRenewerParts {
  readonly runtime: Runtime;
  readonly leaseMs: number;
  readonly consumer: ReconnectingConsumer;
  /** The runs in flight. Others add and remove them. */
  readonly runs: IdTable<Run>;
  /** Called once for a run whose lease is lost. */
  leaseLost(run: Run): void;
}

/**
 * Extends the leases of one consumer's runs, from receive until the settlement is confirmed. It sends one batch for all
 * runs at a third of the lease, ± 10 % to spread the workers. After an error the next one is sent after a sixth. A
 * lease that could not be extended before its end is lost. A lease that ended while a handler blocked the event loop is
 * tried once, since it may still be valid.
 */
export class LeaseRenewer {
  readonly #parts: LeaseRenewerParts;
  #cancelNext: Cancel | undefined;
  /** When the next heartbeat is due, monotonic; `Infinity` without one. */
  #nextAt = Number.POSITIVE_INFINITY;
  #hasFailed = false;
  #isStopped = false;

  constructor(parts: LeaseRenewerParts) {
    this.#parts = parts;
  }

  /** Starts the heartbeat for a new run. */
  start(): void {
    if (this.#cancelNext === undefined) this.#scheduleNext();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelNext?.();
  }

  /** Sends a heartbeat at once if one was missed because the event loop was blocked. */
  catchUp(): void {
    const { runtime, leaseMs } = this.#parts;
    if (this.#isStopped || runtime.clock.monotonic() < this.#nextAt + leaseMs / 3) return;
    this.#cancelNext?.();
    void this.#extendAll();
  }

  /** Extends the lease of one run now; it is lost when the broker refuses. */
  async confirm(run: Run): Promise<void> {
    const extended = await this.#extend([run]);
    if (extended === "failed" && run.leaseUntil <= this.#parts.runtime.clock.monotonic()) this.lose(run);
  }

  /** The lease of a run is gone. */
  lose(run: Run): void {
    if (run.hasLostLease) return;
    run.interrupt({ kind: "lease_lost", error: new LeaseLostError(run.ref.id) });
    this.#parts.leaseLost(run);
  }

  #scheduleNext(): void {
    const { runtime, leaseMs, runs } = this.#parts;
    this.#nextAt = Number.POSITIVE_INFINITY;
    if (this.#isStopped || runs.size === 0) {
      this.#cancelNext = undefined;
      return;
    }
    const beatMs = this.#hasFailed ? leaseMs / 6 : (leaseMs / 3) * (0.9 + runtime.random() * 0.2);
    const inMs = Math.min(beatMs, this.#untilFirstEnd());
    this.#nextAt = runtime.clock.monotonic() + inMs;
    this.#cancelNext = runtime.clock.schedule(inMs, () => void this.#extendAll());
  }

  /** A lease that the broker has shortened or does not extend may end before the next heartbeat. */
  #untilFirstEnd(): number {
    const { runtime, runs } = this.#parts;
    let first = Number.POSITIVE_INFINITY;
    for (const run of runs.values()) if (!run.hasLostLease) first = Math.min(first, run.leaseUntil);
    return Math.max(0, first - runtime.clock.monotonic());
  }

  async #extendAll(): Promise<void> {
    const { runtime, leaseMs, runs } = this.#parts;
    this.#nextAt = Number.POSITIVE_INFINITY;
    const now = runtime.clock.monotonic();
    const due: Run[] = [];
    for (const run of runs.values()) {
      if (run.hasLostLease) continue;
      if (run.leaseUntil <= now && this.#hasFailed) this.lose(run);
      // A lease younger than a sixth lasts until the next heartbeat.
      else if (run.leaseUntil - now < (leaseMs * 5) / 6) due.push(run);
    }
    this.#hasFailed = due.length > 0 && (await this.#extend(due)) === "failed";
    this.#scheduleNext();
  }

  async #extend(due: readonly Run[]): Promise<"ok" | "failed"> {
    const { leaseMs, consumer } = this.#parts;
    try {
      const deliveries = due.map((run) => run.delivery);
      const results = await consumer.current.extend(deliveries, leaseMs);
      const failed = results.find((result) => result.status === "failed");
      if (failed !== undefined) this.#warn(failed.error, due.length);
      const applied = due.map((run, index) => this.#apply(run, deliveries[index], results[index]));
      return applied.includes("failed") ? "failed" : "ok";
    } catch (error) {
      this.#warn(error, due.length);
      return "failed";
    }
  }

  #warn(err: unknown, leases: number): void {
    const { limited } = this.#parts.runtime;
    limited.warn({ err, leases }, "leases could not be extended; trying again in time");
  }

  #apply(run: Run, asked: Delivery | undefined, result: ExtendResult | undefined): "ok" | "failed" {
    const { runtime, runs } = this.#parts;
    if (run.delivery !== asked) return "ok";
    if (result?.status === "extended") {
      run.extendLease(result.leaseUntil);
      // A lease that cannot be extended any more has ended.
      if (result.leaseUntil > runtime.clock.monotonic()) return "ok";
    } else if (result?.status !== "lost") return "failed";
    // Settled during the extension, so it is not lost.
    const isInFlight = runs.get(run.delivery.messageId) === run;
    if (isInFlight && (!run.isEnding || run.leaseUntil <= runtime.clock.monotonic())) this.lose(run);
    return "ok";
  }
}
