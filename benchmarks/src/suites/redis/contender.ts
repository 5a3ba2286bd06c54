/** Work on one queue of one Redis. Ours and BullMQ both implement it, so that the same code measures both. */
export interface Contender {
  /** Sends one job with a number, and resolves when Redis has it. */
  enqueue(): Promise<unknown>;
  /** The same with a text. */
  enqueueText(text: string): Promise<unknown>;
  /** Stores `jobs` jobs as fast as possible. */
  fill(jobs: number): Promise<void>;
  /** Runs `jobs` waiting jobs; resolves when the last one is settled. */
  consume(jobs: number, concurrency: number): Promise<void>;
  /** Starts to run every job that arrives, until the process ends. */
  serve(): void;
  /** Ends the connections. */
  close(): Promise<void>;
}

/** Who is measured. */
export interface ContenderKind {
  /** Its name in tables. */
  readonly name: string;
  /** Connects to an empty Redis; each run of a job calls `onRun`. */
  open(url: string, onRun: () => void): Promise<Contender>;
}
