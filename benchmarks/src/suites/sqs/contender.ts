import type { Scale } from "../../harness/bench-case.ts";
import type { MeasuredSqs } from "./measured-sqs.ts";

/** Work on one queue of one endpoint, the same for all, so that all are measured by the same code. */
export interface Contender {
  /** Sends `jobs` jobs; resolves when SQS has the last one. */
  enqueue(jobs: number): Promise<unknown>;
  /** Works off `jobs` jobs that wait; resolves when SQS has deleted the last one. */
  consume(jobs: number): Promise<unknown>;
}

/** Who is measured. */
export interface ContenderKind {
  /** As tables call it. */
  readonly name: string;
  /** How many jobs make a run; slow ones are measured with fewer. */
  readonly jobs: Readonly<Record<Scale, number>>;
  /** Connects to the queue "default" of a prefix, which is empty. */
  open(endpoint: MeasuredSqs, prefix: string): Promise<Contender>;
}

/** As many jobs as the marks speak of. */
export const USUAL_JOBS = { full: 10_000, quick: 2_000 } as const;
