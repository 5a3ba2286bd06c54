import type { Scale } from "../../harness/bench-case.ts";
import type { MeasuredSqs } from "./measured-sqs.ts";

/** Work on one queue of one endpoint. All contenders implement it, so that the same code measures all. */
export interface Contender {
  /** Sends `jobs` jobs; resolves when SQS has the last one. */
  enqueue(jobs: number): Promise<unknown>;
  /** Runs `jobs` waiting jobs; resolves when SQS has deleted the last one. */
  consume(jobs: number): Promise<unknown>;
}

/** Who is measured. */
export interface ContenderKind {
  /** Its name in tables. */
  readonly name: string;
  /** Its column beside cases of other suites. Default: its name. */
  readonly column?: string;
  /** The packages whose versions stand beside the figures. */
  readonly packages: readonly string[];
  /** Jobs in a run; slow contenders get fewer. */
  readonly jobs: Readonly<Record<Scale, number>>;
  /** Connects to the queue "default" of a prefix, which is empty. */
  open(endpoint: MeasuredSqs, prefix: string): Promise<Contender>;
}

/** The number of jobs in the definition of the marks. */
export const USUAL_JOBS = { full: 10_000, quick: 2_000 } as const;
