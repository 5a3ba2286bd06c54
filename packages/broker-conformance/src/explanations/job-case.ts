import type { JobCause, JobExplanation } from "@jobs/core/runtime";
import { expect } from "vitest";
import type { ExplanationStage } from "./explanation-stage.ts";

/** A situation of a job, and the only right answer about it. */
export interface JobCase {
  readonly title: string;
  readonly cause: JobCause;
  /** Whether the answer needs a broker that shows waiting jobs. On the others it is `unknown`. Default true. */
  readonly needsPeek?: boolean;
  /** The answer from a history store where the broker shows no waiting jobs. Default `unknown`. */
  readonly recorded?: JobCause;
  /** Whether the broker can have this situation. Default: each can. */
  readonly isPossible?: (stage: ExplanationStage) => boolean;
  /** Makes the situation and resolves with the id of the job. */
  set(stage: ExplanationStage): Promise<string>;
  /** Further checks of the right answer. */
  check?(explanation: JobExplanation): void;
}

/** Checks that an answer says until when, and that this is still to come. */
export function expectUntil({ until = 0 }: JobExplanation): void {
  expect(until).toBeGreaterThan(Date.now());
}

/** The evidence of an answer as one text. */
export function evidenceOf({ evidence }: JobExplanation): string {
  return evidence.map(({ statement }) => statement).join("\n");
}
