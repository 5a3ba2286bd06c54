/** Work on one queue of one Redis, the same for ours and for BullMQ, so that both are measured by the same code. */
export interface Contender {
  /** Sends one job with a number, and resolves when Redis has it. */
  enqueue(): Promise<unknown>;
  /** The same with a text. */
  enqueueText(text: string): Promise<unknown>;
  /** Stores `jobs` jobs as fast as it goes. */
  fill(jobs: number): Promise<void>;
  /** Works off `jobs` jobs that wait; resolves when the last one is settled. */
  consume(jobs: number, concurrency: number): Promise<void>;
  /** Begins to work off whatever comes, until the process ends. */
  serve(): void;
  /** Ends the connections. */
  close(): Promise<void>;
}

/** Who is measured. */
export interface ContenderKind {
  /** As tables call it. */
  readonly name: string;
  /** Connects to an empty Redis; each run of a job calls `onRun`. */
  open(url: string, onRun: () => void): Promise<Contender>;
}
