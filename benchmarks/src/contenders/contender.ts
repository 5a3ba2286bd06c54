/** Work on one queue of one broker. Ours and all peers implement it, so that the same code measures them. */
export interface Contender {
  /** Sends one job with a number, and resolves when the broker has it. */
  enqueue(): Promise<unknown>;
  /** The same with a text. */
  enqueueText(text: string): Promise<unknown>;
  /** Stores `jobs` jobs by its call for many, a thousand at a time: with a number each, or all with `text`. */
  fill(jobs: number, text?: string): Promise<unknown>;
  /** Runs `jobs` waiting jobs; resolves when the last one is settled. */
  consume(jobs: number, concurrency: number): Promise<unknown>;
  /** Starts to run every job that arrives, until the process ends. */
  serve(concurrency: number): Promise<unknown>;
  /** Ends the connections. */
  close(): Promise<unknown>;
}

/** Who is measured. */
export interface ContenderKind {
  /** Its name in tables. */
  readonly name: string;
  /** Whether it sends or completes several jobs in one call. Others are measured with fewer jobs. */
  readonly isBatched: boolean;
  /** The packages whose versions stand beside the figures: the peer and its driver, or the driver of ours. */
  readonly packages: readonly string[];
  /**
   * Makes its tables, and connects; each run of a job calls `onRun`, and waits for what that returns. `target`: a
   * {@link MeasuredBroker.target}.
   */
  open(target: string, onRun: () => unknown): Promise<Contender>;
}

/** An empty broker for one run that reports what it uses. */
export interface MeasuredBroker extends AsyncDisposable {
  /** Where it is, for all contenders of its stage: a URL or a file. */
  readonly target: string;
  /** Processor time of its processes since the start, in ms. 0 for one that is part of the program. */
  cpuMs(): number | Promise<number>;
  /** Bytes that its data take: memory of Redis, files of a database. `undefined` where nobody can say it. */
  usedBytes(): number | undefined | Promise<number | undefined>;
  /** Requests since the start as they are billed, where the broker bills them. */
  billedRequests?(): Promise<number>;
}

/** A broker, and who is measured on it. */
export interface Stage {
  /** The broker's name in tables: `Redis`. */
  readonly title: string;
  /** Ours first. */
  readonly kinds: readonly ContenderKind[];
  /** What `cpuMs` is the time of: `Redis`. `undefined`: the broker has no process of its own. */
  readonly server?: string;
  /** Whether it says how many bytes its data take. */
  readonly hasSize: boolean;
  /** Whether each request to it costs money. */
  readonly isBilled?: true;
  /** How many jobs a worker of this kind runs in about two seconds. */
  busyJobs(kind: ContenderKind): number;
  /** How many jobs callers send one by one in that time. Default: as many. */
  sentJobs?(kind: ContenderKind): number;
  /** Starts an empty one, with the settings that all its contenders have. */
  start(): Promise<MeasuredBroker>;
}

/** Calls `send` for a thousand jobs at a time; the last time for the rest. */
export async function inThousands(jobs: number, send: (count: number) => Promise<unknown>): Promise<void> {
  for (let sent = 0; sent < jobs; sent += 1_000) await send(Math.min(1_000, jobs - sent));
}

/** What a job carries: the number, or the text where there is one. */
export function dataOf(
  n: number,
  text: string | undefined,
): { readonly n: number } | { readonly text: string } {
  return text === undefined ? { n } : { text };
}
