import type { JobResult } from "@jobs/core";
import { CliError } from "../output/cli-error.ts";
import { maskTexts } from "../output/mask-secrets.ts";
import type { Output } from "../output/output.ts";
import { printable, printableJson } from "../output/printable.ts";

/** A result as JSON of schema `jobs.result/1` has it. */
export interface DescribedResult {
  readonly id: string;
  readonly task: string;
  readonly queue: string;
  readonly status: JobResult["status"];
  readonly attempt: number;
  /** As ISO 8601, where it is known. */
  readonly enqueuedAt?: string;
  /** As ISO 8601. */
  readonly finishedAt: string;
  readonly value?: unknown;
  readonly error?: JobResult["error"];
  /** Id of the earlier job that ended its flow, so that this job was never sent. */
  readonly stoppedBy?: string;
}

/** The form for programs. Addresses in the error are masked, as in logs; the value stays as it is. */
export function describeResult(result: JobResult): DescribedResult {
  const { id, task, queue, status, attempt, enqueuedAt, finishedAt, value, error, stoppedBy } = result;
  const enqueued = enqueuedAt === undefined ? {} : { enqueuedAt: new Date(enqueuedAt).toISOString() };
  const finished = { finishedAt: new Date(finishedAt).toISOString() };
  const shown = { id, task, queue, status, attempt, ...enqueued, ...finished };
  return {
    ...shown,
    ...(status === "succeeded" ? { value: value ?? null } : {}),
    ...(error && { error: maskTexts(error) }),
    ...(stoppedBy && { stoppedBy }),
  };
}

/** Prints a result field by field, the value as JSON. */
export function printResult(result: JobResult, output: Output): void {
  const { value, error, ...fields } = describeResult(result);
  for (const [name, text] of Object.entries(fields))
    output.line(`${name.padEnd(12)}${printable(String(text))}`);
  if (value !== undefined) output.line(`${"value".padEnd(12)}${printableJson(value)}`);
}

/** @throws CliError `job_failed` for a job that has not succeeded, with its result in the JSON form */
export function failUnlessSucceeded(result: JobResult): void {
  const { id, task, status, stoppedBy } = result;
  if (status === "succeeded") return;
  const dead = stoppedBy ?? id;
  throw new CliError("job_failed", `job ${id} of ${task} ${whatBecameOf(result)}`, {
    details: { result: describeResult(result) },
    ...(status === "dead"
      ? { hint: `jobs dlq show ${dead} has the rest; jobs dlq retry ${dead} puts it back.` }
      : {}),
  });
}

function whatBecameOf({ status, error, stoppedBy }: JobResult): string {
  const why = error === undefined ? "" : `: ${error.name}: ${error.message}`;
  if (stoppedBy === undefined) return `${status === "dead" ? "is dead" : "was cancelled"}${why}`;
  return `was not sent${why || `: job ${stoppedBy}, before it in its flow, was cancelled`}`;
}

/** The error of a wait without a result. */
export function noResultWithin(id: string, waitMs: number): CliError {
  return new CliError("timed_out", `no result of job ${id} within ${waitMs} ms.`, {
    hint: `It may still come: jobs result ${id} --wait 5m. jobs show ${id} tells where the job is.`,
    details: { id },
  });
}
