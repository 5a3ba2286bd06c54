import { ConfigError } from "@jobs/core";
import type { StoredRecords } from "@jobs/core/broker";
import { countOf } from "@jobs/core/config";
import type { RemovedTable } from "./migrations.ts";
import type { TableNames } from "./table-names.ts";

/** What a table holds that a step back removes. */
export interface TableRows extends RemovedTable {
  readonly count: number;
  /** The queues of jobs with their numbers, for people. */
  readonly queues?: string | undefined;
}

/** @throws ConfigError when jobs are stored, since nothing could run them any more */
export function refuseJobs(rows: readonly TableRows[], { schema }: TableNames, to: number): void {
  const jobs = rows.find(({ holdsJobs, count }) => holdsJobs === true && count > 0);
  if (jobs === undefined) return;
  throw new ConfigError(
    `postgres: version ${to} of schema ${schema} has no queues, and ${countOf(jobs.count, jobs.kind)} would be lost: ${jobs.queues}.`,
    {
      hint: 'Let workers finish them, or move them by "jobs move", or remove them by "jobs queue purge" and "jobs dlq rm".',
    },
  );
}

/** @throws ConfigError when records are stored whose removal the caller has not allowed */
export function refuseRecords(removed: readonly StoredRecords[], { schema }: TableNames, to: number): void {
  if (removed.length === 0) return;
  throw new ConfigError(
    `postgres: version ${to} of schema ${schema} would lose ${removed.map(({ count, kind }) => countOf(count, kind)).join(", ")}.`,
    { hint: 'Allow it by mayRemoveRecords, or by "jobs schema migrate --yes".' },
  );
}
