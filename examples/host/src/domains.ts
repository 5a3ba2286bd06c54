/** A domain of jobs.config.ini, and the host that works for it. */
export interface Domain {
  readonly name: string;
  /** Worker processes. */
  readonly processes: number;
  /** Jobs at once in each process. */
  readonly concurrency: number;
  /** Its jobs, as `jobs enqueue --batch` reads them. */
  readonly jobs: readonly object[];
}

/** The kind of work decides the settings: waiting is cheap, counting needs a core. */
export const DOMAINS: readonly Domain[] = [
  {
    name: "quick",
    processes: 1,
    concurrency: 10,
    jobs: Array.from({ length: 40 }, (_, index) => ({
      task: "greet",
      params: { name: `guest ${index + 1}` },
    })),
  },
  {
    name: "heavy",
    processes: 2,
    concurrency: 1,
    jobs: Array.from({ length: 6 }, () => ({ task: "count_primes", params: { below: 200_000 } })),
  },
];
