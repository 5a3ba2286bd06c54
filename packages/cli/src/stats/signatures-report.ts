import type { App } from "@jobs/core";
import { type BrokerQueue, countSignatures, type SignatureCount, UnsupportedError } from "@jobs/core/broker";
import { tableLines } from "../output/table.ts";
import { brokerOf } from "../project/open-app.ts";
import { selectQueues } from "../queues/selected-queues.ts";

/** The JSON form of `jobs stats --signatures`. A change that could break a reader changes `schema`. */
export interface SignaturesReport {
  readonly schema: "jobs.signatures/1";
  /** Kind of the broker. */
  readonly broker: string;
  readonly queues: readonly QueueSignatures[];
}

/** The signatures of one queue's jobs. */
export interface QueueSignatures {
  readonly name: string;
  /** Whether all its waiting and dead jobs were counted; false when the sample was too small. */
  readonly isComplete: boolean;
  readonly signatures: readonly ComparedCount[];
}

/** A count, compared with this release. */
export interface ComparedCount extends SignatureCount {
  /** Whether this release writes the same signature for the task; `null` if it does not know the task. */
  readonly isCurrent: boolean | null;
}

/** Which queues to count, and how many jobs of each state. */
interface CountedQueues {
  readonly queues: readonly string[] | undefined;
  /** Default: all. */
  readonly sample: number | undefined;
}

/** Counts the signatures of the named queues, else of all of the app. @throws UnsupportedError on a broker that shows no waiting jobs */
export async function collectSignatures(
  app: App,
  { queues, sample }: CountedQueues,
): Promise<SignaturesReport> {
  const { codecs } = app.config.worker;
  const reports: QueueSignatures[] = [];
  for (const { name, queue } of await selectQueues(app, queues)) {
    refuseHidden(app, name, queue);
    const { counts, isComplete } = await countSignatures(queue, { codecs, sample });
    const signatures = counts.map((count) => ({ ...count, isCurrent: isCurrent(app, count) }));
    reports.push({ name, isComplete, signatures });
  }
  return { schema: "jobs.signatures/1", broker: brokerOf(app).kind, queues: reports };
}

function isCurrent(app: App, { task, sig }: SignatureCount): boolean | null {
  const known = task === null ? undefined : app.tasks.find(task);
  return known === undefined ? null : known.signature.fingerprint === sig;
}

function refuseHidden(app: App, name: string, { capabilities }: BrokerQueue): void {
  if (capabilities.peek === true) return;
  throw new UnsupportedError(
    { broker: brokerOf(app).kind, queue: name },
    "peek",
    "does not show its waiting jobs, so their signatures cannot be counted",
    "A history keeps no signatures. Receive the jobs to see them (jobs check --live --allow-receive).",
  );
}

const COLUMNS = [
  { title: "queue" },
  { title: "state" },
  { title: "count", align: "right" },
  { title: "task" },
  { title: "signature" },
] as const;

/** The counts for people; `old` marks a signature that this release does not write. */
export function signaturesLines({ queues }: SignaturesReport): readonly string[] {
  const rows = queues.flatMap(({ name, signatures }) =>
    signatures.map(({ state, count, task, sig, isCurrent }) => [
      name,
      state,
      String(count),
      task ?? "(unreadable)",
      `${sig ?? ""}${isCurrent === false ? " (not of this release)" : ""}`.trim(),
    ]),
  );
  const cut = queues.filter(({ isComplete }) => !isComplete).map(({ name }) => name);
  return [
    ...(rows.length === 0 ? ["no jobs wait"] : tableLines(COLUMNS, rows)),
    ...(cut.length === 0 ? [] : [`(${cut.join(", ")}: only the first jobs of each state)`]),
  ];
}
