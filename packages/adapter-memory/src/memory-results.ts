import { BrokerUnavailableError, type JobResult } from "@jobs/core";
import { type CoordinationStore, type ResultStore, staysKept } from "@jobs/core/broker";
import { type Clock, optionRules, optionsCheck, systemClock } from "@jobs/core/runtime";
import { createMemoryCoordination } from "./memory-coordination.ts";

interface KeptResult {
  readonly result: JobResult;
  readonly until: number;
}

/** Options of {@link memoryResults}. */
export interface MemoryResultsOptions {
  /** Default: the clock of `shared`, else the machine's. */
  readonly clock?: Clock;
  /** Another store of this process. Both share their results. Default: an empty store. */
  readonly shared?: MemoryResults;
}

const checkOptions = optionsCheck<MemoryResultsOptions>({
  clock: optionRules.clock,
  shared: {
    expected: "a store made by memoryResults",
    accepts: (value) => value instanceof MemoryResults,
  },
});

/**
 * Keeps results inside this process: for tests, and for work that need not survive it.
 * @throws ConfigError for an unknown option, or one of a wrong type.
 */
export function memoryResults(options: MemoryResultsOptions = {}): MemoryResults {
  checkOptions(options, "memoryResults()");
  return new MemoryResults(options);
}

/**
 * A result store in memory. {@link MemoryResults.find} reads it synchronously. After `close` all other calls are
 * refused.
 */
export class MemoryResults implements ResultStore {
  readonly kind = "memory";
  readonly reach = "process";
  readonly coordination: CoordinationStore;
  readonly #clock: Clock;
  readonly #kept: Map<string, KeptResult>;
  #isClosed = false;

  constructor({ shared, clock = shared === undefined ? systemClock : shared.#clock }: MemoryResultsOptions) {
    this.#clock = clock;
    this.#kept = shared === undefined ? new Map() : shared.#kept;
    this.coordination = shared === undefined ? createMemoryCoordination(clock) : shared.coordination;
  }

  /** The result of a job, synchronously. */
  find(id: string): JobResult | undefined {
    const kept = this.#kept.get(id);
    return kept === undefined || kept.until <= this.#clock.monotonic() ? undefined : kept.result;
  }

  async put(result: JobResult, ttlMs: number): Promise<void> {
    this.#assertOpen();
    const kept = this.find(result.id);
    if (kept !== undefined && staysKept(kept, result)) return;
    this.#kept.set(result.id, { result, until: this.#clock.monotonic() + ttlMs });
  }

  async get(id: string): Promise<JobResult | undefined> {
    this.#assertOpen();
    return this.find(id);
  }

  async prune(): Promise<number> {
    this.#assertOpen();
    const expired = [...this.#kept.keys()].filter((id) => this.find(id) === undefined);
    for (const id of expired) this.#kept.delete(id);
    return expired.length;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  #assertOpen(): void {
    if (!this.#isClosed) return;
    throw new BrokerUnavailableError({ broker: this.kind }, "the result store is closed.", {
      retryable: false,
      hint: "Do not close it before its last call.",
    });
  }
}
