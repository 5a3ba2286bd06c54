import { isJobsError } from "../errors/jobs-error.ts";
import type { EnqueueResult } from "../job/enqueue.ts";
import type { Producer } from "../producer/producer.ts";

/** What test runners set in the processes of tests: vitest, jest and node:test. */
const RUNNER_VARIABLES = ["VITEST", "JEST_WORKER_ID", "NODE_TEST_CONTEXT"];

/** What a test does that should use no real broker. */
export const FAKE_ADVICE =
  "In a test, call fake(app) of @jobs/testing before the first enqueue; see " +
  "https://github.com/jobs-ts/jobs/blob/main/docs/guide/testing.md#a-module-that-exports-its-app";

/** Whether a test runner has started this process. */
export function isUnderTestRunner(): boolean {
  // Not every runtime has a process.
  const env = typeof process === "undefined" ? undefined : process.env;
  return RUNNER_VARIABLES.some((name) => env?.[name] !== undefined);
}

/**
 * Under a test runner: a wrapper that adds {@link FAKE_ADVICE} to the error of an enqueue that did not reach the broker.
 * Elsewhere `undefined`, so that an enqueue costs nothing more.
 */
export function adviceInTests(): ((producer: Producer) => Producer) | undefined {
  return isUnderTestRunner() ? advising : undefined;
}

function advising(producer: Producer): Producer {
  return {
    enqueue: (...job) => producer.enqueue(...job).catch(rethrowWithAdvice),
    forward: (...job) => producer.forward(...job).catch(rethrowWithAdvice),
    async enqueueMany(...items) {
      const results = await producer.enqueueMany(...items);
      for (const result of results) adviseRefused(result);
      return results;
    },
  };
}

function rethrowWithAdvice(error: unknown): never {
  advise(error);
  throw error;
}

function adviseRefused(result: EnqueueResult): void {
  if (result.status === "refused") advise(result.error);
}

/** The broker is not there, not for this account, or without the queue: a test has forgotten to replace it. */
function advise(error: unknown): void {
  const isUnreached =
    isJobsError(error, "broker_unavailable") ||
    isJobsError(error, "access_denied") ||
    isJobsError(error, "queue_not_found");
  if (!isUnreached || error.hint?.includes(FAKE_ADVICE)) return;
  // One error may answer a whole batch, so it is changed instead of copied: each caller keeps its class and its fields.
  Object.assign(error, { hint: error.hint === undefined ? FAKE_ADVICE : `${error.hint} ${FAKE_ADVICE}` });
}
