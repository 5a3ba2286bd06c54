import { isNextGroup, type NextStep } from "@jobs/core/broker";
import { formatDuration } from "@jobs/core/config";
import { maskTexts } from "../output/mask-secrets.ts";
import type { Output } from "../output/output.ts";
import { printable, printableJson } from "../output/printable.ts";
import type { ParamsView } from "../queues/params-view.ts";
import type { FoundRecord } from "./find-recorded.ts";
import type { FollowUp, RehearsedRun } from "./open-rehearsal.ts";

/** A job that was run here, and what may be shown of it. */
export interface Repro {
  readonly found: FoundRecord;
  readonly run: RehearsedRun;
  readonly elsewhere: readonly FollowUp[];
  readonly view: ParamsView;
}

/** Prints what a run of one job did, or gives it as one JSON document of schema `jobs.repro/1`. */
export function printRepro({ found, run, elsewhere, view }: Repro, output: Output): void {
  const { envelope, queue } = found.job;
  const { task, id, params, next = [] } = envelope;
  const { outcome, log } = run;
  const shown = view.params({ task, params });
  const followUps = [...run.followUps, ...elsewhere].map((job) => {
    const { params: hidden, ...rest } = job;
    const visible = view.params({ task: job.task, params: hidden });
    return visible === undefined ? rest : { ...rest, params: visible };
  });
  const nextSteps = outcome.status === "succeeded" ? next.flatMap(namesOf) : [];
  const described = outcome.status === "failed" ? { ...outcome, error: maskTexts(outcome.error) } : outcome;
  if (output.isJson) {
    const { recorded } = found;
    const known = recorded === undefined ? {} : { recorded };
    const visible = shown === undefined ? {} : { params: shown };
    const rest = { ...visible, ...known, ...described, log, followUps, nextSteps };
    return output.json({ schema: "jobs.repro/1", id, task, queue, ...rest });
  }
  output.line(printable(`${task} ${id}: ${headline(described)}`));
  if (found.recorded !== undefined) output.line(printable(`recorded: ${found.recorded}`));
  if (shown !== undefined) output.line(`params: ${printableJson(shown)}`);
  if (described.status === "succeeded") output.line(`result: ${printableJson(described.value)}`);
  if (described.status === "refused") output.line(printable(described.message));
  if (described.status === "failed")
    for (const line of errorLines(described.error)) output.line(printable(line));
  for (const { level, message, fields } of log) {
    const more = Object.keys(fields).length === 0 ? "" : ` ${printableJson(fields)}`;
    output.line(`log: ${level} ${printable(message)}${more}`);
  }
  for (const job of followUps) {
    const more = "params" in job ? ` ${printableJson(job.params)}` : "";
    output.line(`not sent: ${printable(`${job.task} ${job.id} on ${job.queue}`)}${more}`);
  }
  if (nextSteps.length > 0) output.line(printable(`not sent: next of its flow: ${nextSteps.join(", ")}`));
  output.note("nothing was written: no settlement, result, event or job.");
}

function headline(outcome: RehearsedRun["outcome"]): string {
  if (outcome.status === "refused") return `refused: ${outcome.reason}`;
  const took = `in ${formatDuration(Math.round(outcome.durationMs))}`;
  if (outcome.status === "succeeded") return `succeeded ${took}`;
  const { next, reason } = outcome;
  const then = { dead: `set it aside: ${reason}`, snooze: "snooze it", retry: "try it again" };
  return `failed ${took}; a worker would ${then[next]}`;
}

function errorLines({ name, message, stack }: { name: string; message: string; stack?: string }) {
  return (stack ?? `${name}: ${message}`).split("\n");
}

function namesOf(step: NextStep): readonly string[] {
  return isNextGroup(step) ? step.group.flatMap((line) => line.flatMap(namesOf)) : [step.task];
}
