import { defineTask } from "@jobs/core";
import { z } from "zod";

/** The record of a film. Every key but `retries` is required, and no other key is allowed. */
export const record = z.object({
  id: z.string().min(1),
  source: z.string(),
  title: z.string(),
  message: z.string(),
  author: z.string(),
  creation_date: z.iso.datetime({ offset: true, local: true }),
  tags: z.array(z.string()),
  /** Failed runs before this one. The broker counts them, not the producer. They are not in the output. */
  retries: z.int().min(0).default(0),
});

/** A record as handlers get it. */
export type ProcessedRecord = z.output<typeof record>;

/** Processes one record; it may fail and be retried. */
export const etlProcess = defineTask("etl_process", record, { queue: "etl" });

/**
 * Writes a processed record to the output. One process serves its queue, one job at a time, whatever the worker's
 * concurrency.
 */
export const etlWrite = defineTask("etl_write", record, { queue: "output", concurrency: 1 });

const WRITE_SUFFIX = ".write";

/** The id of the job that writes the output of job `processId`. It is the same when that job runs again. */
export function writeJobId(processId: string): string {
  return `${processId}${WRITE_SUFFIX}`;
}

/** The id of the record that a job of either task is about. */
export function recordIdOf(jobId: string): string {
  return jobId.endsWith(WRITE_SUFFIX) ? jobId.slice(0, -WRITE_SUFFIX.length) : jobId;
}
