import type { ErrorCode } from "../errors/codes.ts";
import {
  FlowValueError,
  SignatureError,
  type SignatureIssue,
  UnknownTaskError,
} from "../errors/contract-errors.ts";
import { isJobsError } from "../errors/jobs-error.ts";
import { serializeError } from "../errors/serialized-error.ts";
import { describeThrown, isError } from "../errors/to-error.ts";
import { jsonPointer, pointerPath } from "../task/issue-words.ts";

/** Why jobs would not run, once for all jobs with the same reason. */
export interface JobMismatch {
  /** What a worker does: `held` waits for another release, and then the job is dead; `dead` is at once. */
  readonly outcome: "held" | "dead";
  /** The reason of the dead letter, or of the hold. */
  readonly reason: "unknown_task" | "signature_mismatch" | "envelope_version" | "undecodable";
  /** JSON pointer to the parameter. `*` stands for positions in lists, and for names that may be data. */
  readonly path?: string;
  /** In words, without a value of the job. */
  readonly problem: string;
  /** Number of jobs. A job with several issues counts for each of them. */
  readonly count: number;
  /** The id of one such job; the name of the schedule, if it is one. */
  readonly example: string;
}

/** A reason of one job. */
export type FoundMismatch = Omit<JobMismatch, "count" | "example">;

/** More different reasons of one signature help nobody. */
const MAX_REASONS = 20;

const OTHERS = "other reasons";

/** Counts equal reasons. */
export class MismatchCounter {
  readonly #reasons = new Map<string, { found: FoundMismatch; count: number; readonly example: string }>();

  /** Adds the reasons of one job. */
  add(reasons: readonly FoundMismatch[], id: string): void {
    // A list of a hundred wrong elements is one reason.
    for (const key of new Set(reasons.map(keyOf))) {
      const found = reasons.find((one) => keyOf(one) === key);
      if (found !== undefined) this.#count(key, found, id);
    }
  }

  /** The most frequent first. */
  list(): readonly JobMismatch[] {
    return [...this.#reasons.values()]
      .map(({ found, count, example }) => ({ ...found, count, example }))
      .sort((one, other) => other.count - one.count);
  }

  #count(key: string, found: FoundMismatch, example: string): void {
    const known = this.#reasons.get(key);
    if (known !== undefined) known.count++;
    else if (this.#reasons.size < MAX_REASONS || found.problem === OTHERS)
      this.#reasons.set(key, { found, count: 1, example });
    else {
      const { outcome, reason } = found;
      const others = { outcome, reason, problem: OTHERS };
      this.#count(keyOf(others), others, example);
    }
  }
}

function keyOf({ outcome, reason, path = "", problem }: FoundMismatch): string {
  return `${outcome} ${reason} ${path} ${problem}`;
}

/** What the check of a job threw. */
export interface ThrownCheck {
  readonly error: unknown;
  readonly outcome: JobMismatch["outcome"];
  /** Names of parameters whose inside is not shown. */
  readonly redact?: readonly string[] | undefined;
}

/** The reasons that an error holds. */
export function reasonsOf({ error, outcome, redact = [] }: ThrownCheck): readonly FoundMismatch[] {
  if (error instanceof FlowValueError) return issuesOf(error.issues, { outcome: "dead", redact });
  if (error instanceof SignatureError) return mismatchesOf(error, { outcome, redact });
  if (error instanceof UnknownTaskError) return [unknownTask(outcome)];
  const code: ErrorCode | undefined = isJobsError(error) ? error.code : undefined;
  if (code === "envelope_version")
    return [{ outcome: "held", reason: "envelope_version", problem: describeThrown(error) }];
  const reason = code === "malformed_message" ? "undecodable" : "signature_mismatch";
  return [{ outcome: reason === "undecodable" ? "dead" : outcome, reason, problem: describeThrown(error) }];
}

/** The reason of a job whose task this release does not have. */
export function unknownTask(outcome: JobMismatch["outcome"]): FoundMismatch {
  return {
    outcome,
    reason: "unknown_task",
    problem: "this release has no such task, and no alias of that name",
  };
}

/** A step that fails has no issue, since no parameter was refused. */
function mismatchesOf({ issues, step, cause }: SignatureError, shown: Shown): readonly FoundMismatch[] {
  if (step === undefined) return issuesOf(issues, shown);
  const name = `the step from version ${step.from} to ${step.to}`;
  if (issues.length > 0) {
    return issuesOf(issues, shown).map((found) => ({ ...found, problem: `${found.problem} after ${name}` }));
  }
  // The name of the error alone: its message may quote a parameter.
  const did = isError(cause) ? `threw ${serializeError(cause).name}` : "returned no JSON";
  return [{ outcome: shown.outcome, reason: "signature_mismatch", problem: `${name} ${did}` }];
}

/** How issues are shown. */
type Shown = Required<Pick<ThrownCheck, "outcome">> & { readonly redact: readonly string[] };

function issuesOf(issues: readonly SignatureIssue[], { outcome, redact }: Shown): readonly FoundMismatch[] {
  return issues.map((issue) => ({
    outcome,
    reason: "signature_mismatch" as const,
    path: shownPath(issue.path, redact),
    problem: problemOf(issue),
  }));
}

function problemOf({ kind, expected, got, suggestion }: SignatureIssue): string {
  if (kind === "missing") return "missing";
  if (kind === "unexpected")
    return suggestion === undefined ? "unexpected" : `unexpected, instead of ${suggestion}`;
  return `must be ${expected ?? "valid"}${got === undefined ? "" : `, got ${got}`}`;
}

/** Names that a program has chosen. A key of a record may be an address or a number of a customer. */
const NAME = /^[A-Za-z_$][\w$-]{0,39}$/;

function shownPath(pointer: string, redact: readonly string[]): string {
  const steps = pointerPath(pointer);
  const shown = redact.includes(steps[0] ?? "") ? steps.slice(0, 1) : steps;
  return jsonPointer(shown.map((step) => (NAME.test(step) ? step : "*")));
}
