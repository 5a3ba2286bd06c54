import type { Task } from "@jobs/core";
import type { WorkerPresence } from "@jobs/core/runtime";
import { schemaDigest, type TaskRegistry } from "@jobs/core/task";
import { maskText } from "../output/mask-secrets.ts";
import { tableLines } from "../output/table.ts";

/** A worker that accepts a signature. */
export interface AcceptingWorker {
  readonly worker: string;
  /** Its machine, from its identity. */
  readonly host: string;
  /** `null` where its settings name none. */
  readonly release: string | null;
  readonly state: WorkerPresence["state"];
  readonly queues: readonly string[];
}

/** One form of a task, and the workers that have it. */
export interface AcceptedSignature {
  readonly task: string;
  /** As in the jobs' envelopes. */
  readonly sig: string;
  /** Digest of the types; `null` for workers of an earlier release. */
  readonly schema: string | null;
  /** Other names that jobs of this task may have. */
  readonly aliases: readonly string[];
  /** Whether it is the form that this app has. `null` for a task that it does not have. */
  readonly isCurrent: boolean | null;
  readonly workers: readonly AcceptingWorker[];
}

/** Which worker accepts what. */
export interface WorkerSignatures {
  readonly signatures: readonly AcceptedSignature[];
  /** Workers that have more tasks than the 100 they announce. */
  readonly capped: readonly string[];
  /** Workers of an earlier release, which announce no tasks. */
  readonly silent: readonly string[];
}

/** Groups the workers by task, signature, types and aliases. `own`: the tasks of this app. */
export function workerSignatures(workers: readonly WorkerPresence[], own: TaskRegistry): WorkerSignatures {
  const groups = new Map<string, Omit<AcceptedSignature, "workers"> & { workers: AcceptingWorker[] }>();
  for (const presence of workers) {
    for (const { name: task, sig, schema = null, aliases = [] } of presence.tasks ?? []) {
      const key = JSON.stringify([task, sig, schema, aliases]);
      const isCurrent = isCurrentForm(own.find(task), sig, schema);
      const group = groups.get(key) ?? { task, sig, schema, aliases, isCurrent, workers: [] };
      group.workers.push(acceptingWorker(presence));
      groups.set(key, group);
    }
  }
  const sorted = [...groups].sort(([one], [other]) => (one < other ? -1 : 1));
  return {
    signatures: sorted.map(([, group]) => group),
    capped: workers.flatMap(({ worker, hasMoreTasks }) => (hasMoreTasks ? worker : [])),
    silent: workers.flatMap(({ worker, tasks }) => (tasks === undefined ? worker : [])),
  };
}

function isCurrentForm(task: Task | undefined, sig: string, schema: string | null): boolean | null {
  if (task === undefined) return null;
  return task.signature.fingerprint === sig && schemaDigest(task.signature) === schema;
}

function acceptingWorker({ worker, release, state, queues }: WorkerPresence): AcceptingWorker {
  const [host = worker] = worker.split(":");
  return { worker, host, release: release === undefined ? null : maskText(release), state, queues };
}

const COLUMNS = [
  { title: "task" },
  { title: "signature" },
  { title: "types" },
  { title: "here" },
  { title: "aliases" },
  { title: "workers", align: "right" },
  { title: "releases" },
  { title: "hosts" },
] as const;

/** In words whether this app has the same form. */
const HERE = { true: "same", false: "differs", null: "-" } as const;

/** A row for each form of a task, and a line for what the workers do not say. */
export function signatureLines({ signatures, capped, silent }: WorkerSignatures): readonly string[] {
  const rows = signatures.map(({ task, sig, schema, aliases, isCurrent, workers }) => [
    task,
    sig === "" ? "(no parameters)" : sig,
    schema?.slice(0, 8) ?? "-",
    HERE[`${isCurrent}`],
    aliases.join(",") || "-",
    String(workers.length),
    countsOf(
      workers.map(({ release, state }) => `${release ?? "-"}${state === "draining" ? " (draining)" : ""}`),
    ),
    countsOf(workers.map(({ host }) => host)),
  ]);
  return [
    ...(rows.length === 0 ? [] : tableLines(COLUMNS, rows)),
    ...capped.map((worker) => `${worker} has more tasks than the 100 that it announces.`),
    ...silent.map((worker) => `${worker} announces no tasks: it runs an earlier release of jobs.`),
  ];
}

/** Each text once, with the number of times behind it: `1.4.0 ×2, 1.5.0`. */
function countsOf(texts: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([text, count]) => (count === 1 ? text : `${text} ×${count}`))
    .join(", ");
}
