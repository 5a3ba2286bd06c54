import { countOf } from "@jobs/core/config";
import { EXIT, type ExitCode } from "../output/exit-codes.ts";
import type { Output } from "../output/output.ts";
import { printable } from "../output/printable.ts";
import type { MovedQueue } from "./queue-move.ts";
import type { MoveReport } from "./run-move.ts";

/** The most refused jobs that are named; all are counted. */
const MOST_NAMED = 20;

/** Prints what was moved. The status is 0 only if the source has nothing left. */
export function printMove(report: MoveReport, output: Output): ExitCode {
  if (output.isJson) output.json(jsonOf(report));
  else {
    for (const queue of report.queues) printQueue(queue, report, output);
    if (report.isStopped) output.note("stopped: the same command moves the rest.");
  }
  const isDone = report.queues.every(({ left }) => Object.values(left).every((n) => n === 0));
  return isDone && !report.isStopped ? EXIT.ok : EXIT.no;
}

function jsonOf({ isDryRun, isStopped, isResumed, queues }: MoveReport) {
  return {
    schema: "jobs.move/1",
    isDryRun,
    isStopped,
    isResumed,
    queues: queues.map(({ refused, ...queue }) => ({
      ...queue,
      refused: refused.map(({ id, task, error }) => ({ id, task, code: error.code, message: error.message })),
    })),
  };
}

function printQueue(
  { name, moved, dead, refused, maybeTwice, left }: MovedQueue,
  { isDryRun }: MoveReport,
  output: Output,
): void {
  const letters = dead === 0 ? "" : ` (${countOf(dead, "dead letter")})`;
  output.line(`${printable(name)}: ${isDryRun ? "would move" : "moved"} ${countOf(moved, "job")}${letters}`);
  for (const { id, task, error } of refused.slice(0, MOST_NAMED))
    output.line(`  stays: ${printable(task)} ${printable(id)}: ${error.code}: ${printable(error.message)}`);
  if (refused.length > MOST_NAMED) output.line(`  stay: ${countOf(refused.length - MOST_NAMED, "more job")}`);
  const counts = Object.entries(left).filter(([, n]) => n !== 0);
  const shown = counts.map(([state, n]) => `${n ?? "an unknown number of"} ${state}`);
  if (shown.length > 0) output.line(`  left: ${shown.join(", ")}`);
  if (maybeTwice.length > 0)
    output.line(
      `  sent again after a kill, and perhaps there twice: ${maybeTwice.map(printable).join(", ")}`,
    );
}
