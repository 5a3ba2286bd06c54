import { defineTask } from "@jobs/core";
import { z } from "zod";

/** What a film becomes. Every key but `retries` has to be there, and no other may be. */
export const record = z.object({
  id: z.string().min(1),
  source: z.string(),
  title: z.string(),
  message: z.string(),
  author: z.string(),
  creation_date: z.iso.datetime({ offset: true, local: true }),
  tags: z.array(z.string()),
  /** Runs that failed before; counted by the broker, never by the producer, and not part of the output. */
  retries: z.int().min(0).default(0),
});

/** A record as handlers get it. */
export type ProcessedRecord = z.output<typeof record>;

/** The work on one record; may fail and be tried again. */
export const etlProcess = defineTask("etl_process", record, { queue: "etl" });

/** Puts a processed record into the output. Its queue is served by one process, one job at a time, whatever the worker has room for. */
export const etlWrite = defineTask("etl_write", record, { queue: "output", concurrency: 1 });

const WRITE_SUFFIX = ".write";

/** The id of the job that writes what job `processId` made: the same again when that job runs again. */
export function writeJobId(processId: string): string {
  return `${processId}${WRITE_SUFFIX}`;
}

/** Which record a job of either task is about. */
export function recordIdOf(jobId: string): string {
  return jobId.endsWith(WRITE_SUFFIX) ? jobId.slice(0, -WRITE_SUFFIX.length) : jobId;
}
