import { createMemoryMarks } from "@jobs/adapter-memory";
import type { Clock, JobResult, Marks, ResultStore } from "@jobs/core";

interface KeptResult {
  readonly result: JobResult;
  readonly until: number;
}

/** A result store in memory, on the test's clock; unlike a real one it can be read without waiting. */
export class KeptResults implements ResultStore {
  readonly kind = "memory";
  readonly marks: Marks;
  readonly #clock: Clock;
  readonly #kept = new Map<string, KeptResult>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.marks = createMemoryMarks(clock);
  }

  /** What the handler of a job returned, if it is kept. */
  valueOf(id: string): unknown {
    return this.#find(id)?.value;
  }

  async put(result: JobResult, ttlMs: number): Promise<void> {
    if (this.#find(result.id)?.status === "succeeded") return;
    this.#kept.set(result.id, { result, until: this.#clock.monotonic() + ttlMs });
  }

  async get(id: string): Promise<JobResult | undefined> {
    return this.#find(id);
  }

  async prune(): Promise<number> {
    const expired = [...this.#kept.keys()].filter((id) => this.#find(id) === undefined);
    for (const id of expired) this.#kept.delete(id);
    return expired.length;
  }

  async close(): Promise<void> {}

  #find(id: string): JobResult | undefined {
    const kept = this.#kept.get(id);
    return kept === undefined || kept.until <= this.#clock.monotonic() ? undefined : kept.result;
  }
}
