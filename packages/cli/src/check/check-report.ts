import type { App } from "@jobs/core";
import { countOf } from "@jobs/core/config";
import type { CheckedJobs, CheckedQueueJobs, CheckedSignature, JobMismatch } from "@jobs/core/runtime";
import { printable } from "../output/printable.ts";
import { tableLines } from "../output/table.ts";
import { brokerOf } from "../project/open-app.ts";

/** The JSON form of `jobs check --live`. A change that could break a reader changes `schema`. */
export interface CheckReport extends CheckedJobs {
  readonly schema: "jobs.check/1";
  /** Kind of the broker. */
  readonly broker: string;
  /** Whether every job that was looked at fits, and none had to be left unchecked. */
  readonly isOk: boolean;
}

/** The report of a check. */
export function checkReport(app: App, checked: CheckedJobs): CheckReport {
  const isOk = checked.refused === 0 && checked.unchecked === 0;
  return { schema: "jobs.check/1", broker: brokerOf(app).kind, isOk, ...checked };
}

const COLUMNS = [
  { title: "queue" },
  { title: "state" },
  { title: "jobs", align: "right" },
  { title: "refused", align: "right" },
  { title: "task" },
  { title: "signature" },
] as const;

/** The report for people: a table, then the reasons, then the sum. */
export function reportLines(report: CheckReport): readonly string[] {
  const { queues, schedules, checked, refused, unchecked } = report;
  const rows = queues.flatMap(({ name, signatures }) =>
    signatures.map((one) => [
      name,
      one.state,
      String(one.count),
      String(one.refused),
      one.task ?? "(unreadable)",
      one.sig ?? "",
    ]),
  );
  const reasons = queues.flatMap(({ name, signatures }) =>
    signatures.flatMap((one) => one.reasons.map((reason) => jobLine(name, one, reason))),
  );
  const ofSchedules = schedules.flatMap(({ name, task, reasons: found }) =>
    found.map((reason) => `schedule ${name} (${task}): ${placed(reason)}`),
  );
  const lost = schedules.filter(({ reasons: found }) => found.length > 0).length;
  const sum = refused === 0 ? "all fit" : `${refused - lost} would be held or dead`;
  const alsoSchedules = lost === 0 ? "" : `; ${countOf(lost, "schedule")} would send none`;
  return [
    ...(rows.length === 0 ? [] : tableLines(COLUMNS, rows)),
    ...[...reasons, ...ofSchedules].map(printable),
    ...queues.flatMap(sourceLines),
    ...(unchecked === 0
      ? []
      : [`${countOf(unchecked, "job")} could not be checked: the history has no parameters of them.`]),
    `checked ${countOf(checked, "job")}: ${sum}${alsoSchedules}.`,
  ];
}

function jobLine(queue: string, { state, task }: CheckedSignature, reason: JobMismatch): string {
  const { count, outcome, example } = reason;
  return `${queue} ${state} ${task ?? "(unreadable)"}: ${count} ${outcome}, ${placed(reason)}; such as ${example}`;
}

function placed({ path, problem }: JobMismatch): string {
  return path === undefined ? problem : `${path} ${problem}`;
}

function sourceLines({ name, source, isComplete }: CheckedQueueJobs): readonly string[] {
  const from = { queue: "", history: "as the history knows them", receive: "those that could be received" }[
    source
  ];
  const part = isComplete ? "" : "not all jobs were read";
  const notes = [from, part].filter((note) => note !== "");
  return notes.length === 0 ? [] : [`(${name}: ${notes.join("; ")})`];
}
