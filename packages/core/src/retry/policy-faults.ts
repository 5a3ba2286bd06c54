import type { ReportError } from "../runtime/report-error.ts";

/** The functions of a task that are asked after a failed run. */
export type RetryPolicy = "backoff" | "nonRetryable";

/** Gets what such a function has thrown, or why its answer cannot be used. */
export type OnPolicyFault = (fault: unknown, policy: RetryPolicy) => void;

const LINES: Readonly<Record<RetryPolicy, string>> = {
  backoff: "the backoff of a task gave no delay; the default backoff is used",
  nonRetryable: "a predicate in nonRetryable gave no answer; the error counts as one to retry",
};

/** Warns once of each function of a task that gives no answer, since it may do so at every failure. */
export function policyFaults(task: string, report: ReportError): OnPolicyFault {
  const reported = new Set<RetryPolicy>();
  return (err, policy) => {
    if (!reported.has(policy)) report({ source: "hook", err, task }, LINES[policy]);
    reported.add(policy);
  };
}
