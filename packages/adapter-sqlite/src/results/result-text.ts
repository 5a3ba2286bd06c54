import type { JobResult } from "@jobs/core";

/** Texts that are the same in JSON, between quotes. */
const PLAIN_TEXT = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** The members of an ordinary success: all that {@link resultText} writes by itself. */
const MEMBERS = 8;

/**
 * The JSON text of a result. An ordinary success is put together from its parts. `JSON.stringify` takes twice as long,
 * and each job has one.
 */
export function resultText(result: JobResult): string {
  const { id, task, queue, status, value, attempt, enqueuedAt, finishedAt } = result;
  if (status !== "succeeded" || enqueuedAt === undefined || Object.keys(result).length !== MEMBERS)
    return JSON.stringify(result);
  const kept = value === null ? "null" : JSON.stringify(value);
  const isPlain = PLAIN_TEXT.test(id) && PLAIN_TEXT.test(task) && PLAIN_TEXT.test(queue);
  if (!isPlain || kept === undefined || !Number.isFinite(attempt + enqueuedAt + finishedAt))
    return JSON.stringify(result);
  return `{"id":"${id}","task":"${task}","queue":"${queue}","status":"succeeded","value":${kept},"attempt":${attempt},"enqueuedAt":${enqueuedAt},"finishedAt":${finishedAt}}`;
}
