import { countOf } from "@jobs/core/config";
import type { UnfitJob } from "@jobs/core/runtime";
import type { Output } from "../output/output.ts";
import { printable } from "../output/printable.ts";
import { warnOfHidden } from "./dead-letters.ts";
import type { RetriedQueue, RetryReport } from "./redrive-letters.ts";
import { describeCounts } from "./wanted-dead-letters.ts";

/** Jobs that stay for one reason. */
interface UnfitGroup extends Omit<UnfitJob, "id"> {
  readonly count: number;
  /** Ids of the first. */
  readonly sample: readonly string[];
}

/** Ids that a group names. */
const SAMPLE = 20;

/** How a retry is reported. */
export interface RetryView {
  readonly isDryRun: boolean;
  /** Whether the jobs were read and checked. */
  readonly isChecked: boolean;
}

/** Says what a retry did, and what it left. */
export async function printRetry(report: RetryReport, view: RetryView, output: Output): Promise<void> {
  const { queues, unfit, missing, isStopped } = report;
  const { isDryRun, isChecked } = view;
  const sum = (of: (queue: RetriedQueue) => number) => queues.reduce((all, queue) => all + of(queue), 0);
  const counts = { chosen: sum(({ seen }) => seen), moved: sum(({ moved }) => moved) };
  const checked = {
    fit: sum(({ fit }) => fit),
    changed: sum(({ changed }) => changed),
    skipped: sum(({ skipped }) => skipped),
  };
  const groups = groupUnfit(unfit);
  for (const { name, hidden } of queues) warnOfHidden(name, hidden);
  if (output.isJson) {
    const details = isChecked ? { ...checked, unfit: groups } : {};
    const hidden = sum((queue) => queue.hidden?.n ?? 0);
    return output.json({
      isDryRun,
      ...counts,
      ...details,
      ...(missing.length > 0 && { missing }),
      ...(hidden > 0 && { hidden }),
      ...(isStopped && { isStopped }),
    });
  }
  const meant = describeCounts(queues.map(({ name, seen }) => ({ name, count: seen })));
  const wouldMove = checked.fit === counts.chosen ? "" : `${checked.fit} of `;
  const done = isDryRun ? `would put back ${wouldMove}` : `put back ${counts.moved} of `;
  const changed = checked.changed === 0 ? "" : `; ${checked.changed} with other parameters`;
  output.line(`${done}${meant}${changed}`);
  if (checked.skipped > 0) output.line(`${countOf(checked.skipped, "job stays", "jobs stay")} by --map`);
  if (groups.length > 0) await printUnfit(groups, output);
  if (missing.length > 0)
    output.line(
      `not put back, since they are not dead any more or hidden: ${missing.map(printable).join(", ")}`,
    );
  if (isStopped) output.note("stopped; the same command goes on with those that are still dead.");
}

async function printUnfit(groups: readonly UnfitGroup[], output: Output): Promise<void> {
  const { tableLines } = await import("../output/table.ts");
  const stay = groups.reduce((all, { count }) => all + count, 0);
  output.line(`${countOf(stay, "job stays", "jobs stay")}:`);
  const columns = [
    { title: "count", align: "right" },
    { title: "task" },
    { title: "reason" },
    { title: "first" },
  ] as const;
  const rows = groups.map(({ count, task, reason, sample: [first = ""] }) => [
    String(count),
    task,
    reason,
    first,
  ]);
  for (const line of tableLines(columns, rows)) output.line(line);
  for (const { sample, message } of groups) output.line(printable(`${sample[0] ?? ""}: ${message}`));
}

function groupUnfit(unfit: readonly UnfitJob[]): readonly UnfitGroup[] {
  const groups = new Map<string, UnfitGroup>();
  for (const { id, task, reason, message } of unfit) {
    const name = JSON.stringify([task, reason]);
    const { count, sample, ...first } = groups.get(name) ?? { task, reason, message, count: 0, sample: [] };
    groups.set(name, { ...first, count: count + 1, sample: count < SAMPLE ? [...sample, id] : sample });
  }
  return [...groups.values()].sort((one, other) => other.count - one.count);
}
