/** What was promised, and what was done. Jobs go by numbers. */
export class CompletedJobs {
  readonly #promised = new Set<number>();
  readonly #runs = new Map<number, number>();
  #onComplete: (() => void) | undefined;

  /** Notes that job `n` was done once more. */
  done(n: number): void {
    this.#runs.set(n, (this.#runs.get(n) ?? 0) + 1);
    this.#check();
  }

  /** Its enqueue resolved. */
  promise(n: number): void {
    this.#promised.add(n);
  }

  /** Resolves when all that is promised by now is done. */
  complete(): Promise<void> {
    return new Promise((resolve) => {
      this.#onComplete = resolve;
      this.#check();
    });
  }

  /** What was promised and not done. */
  get missing(): readonly number[] {
    return [...this.#promised].filter((n) => !this.#runs.has(n));
  }

  /** Runs beyond the first of each job. */
  get doubles(): number {
    return [...this.#runs.values()].reduce((sum, runs) => sum + runs - 1, 0);
  }

  #check(): void {
    if (this.#onComplete !== undefined && this.missing.length === 0) this.#onComplete();
  }
}
