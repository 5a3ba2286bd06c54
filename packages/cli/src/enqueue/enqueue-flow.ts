import { type App, chain, type Flow, type StartOptions, type Step, type StepOptions, step } from "@jobs/core";
import { withApp } from "../base/with-app.ts";
import type { Output } from "../output/output.ts";
import { printable } from "../output/printable.ts";
import { parseParams } from "../params/parse-params.ts";
import { processSources } from "../params/read-source.ts";
import { brokerOf } from "../project/open-app.ts";
import { warnOfUnused } from "../queues/selected-queues.ts";
import { describeResult, printResult } from "../results/print-result.ts";
import type { EnqueueFlags, EnqueueRequest } from "./enqueue-one.ts";
import { parseStep } from "./parse-step.ts";
import { refuseVainWait, waitForLast, withWait } from "./wait-for-results.ts";

/** A job and those that follow it. */
export interface FlowRequest extends EnqueueRequest {
  /** Each as `TASK name=value name<path …`. */
  readonly followers: readonly string[];
}

/** Checks a whole chain and sends its first job. `--wait` is about the last one, the other flags are about the first. */
export async function enqueueFlow(request: FlowRequest, output: Output): Promise<void> {
  const flags = withWait(request.flags);
  await withApp({ flags }, async ({ app }) => {
    const steps = await readSteps(request, app);
    if (flags.queue !== undefined) warnOfUnused(app, [flags.queue]);
    const names = steps.map((one) => one.task.name);
    return start(app, chain(steps), { names, flags, output });
  });
}

async function readSteps(
  { task: name, written, flags, followers }: FlowRequest,
  app: App,
): Promise<readonly Step[]> {
  const sources = processSources();
  const task = app.tasks.get(name);
  const steps = [step(task, await parseParams(written, task.signature, sources), stepOptions(flags))];
  for (const text of followers) steps.push(await parseStep(text, app, sources));
  return steps;
}

/** What a start is told by and to. */
interface Telling {
  readonly names: readonly string[];
  readonly flags: EnqueueFlags;
  readonly output: Output;
}

async function start(app: App, flow: Flow, { names, flags, output }: Telling): Promise<void> {
  if (flags.wait !== undefined) refuseVainWait(app);
  const options: StartOptions = flags.id === undefined ? {} : { id: flags.id };
  const { id, stepIds, lastId, startedAt: since, jobs } = await app.start(flow, options);
  if (flags["dry-run"]) {
    if (output.isJson) output.json({ isDryRun: true, steps: names });
    else output.line(`would start ${printable(names.join(" → "))}`);
    return;
  }
  if (flags.wait !== undefined) output.note(`started ${id}`);
  const result = await waitForLast(app, { ids: stepIds, since }, flags.wait);
  const isKnown = jobs.every(({ status }) => status === "duplicate");
  const told = {
    id,
    lastId,
    steps: names,
    broker: brokerOf(app).kind,
    ...(isKnown && { status: "duplicate" }),
  };
  if (output.isJson) output.json({ ...told, ...(result && { result: describeResult(result) }) });
  else if (result !== undefined) printResult(result, output);
  else if (isKnown)
    output.line(`nothing sent: a flow ${printable(id)} is stored already (${brokerOf(app).kind})`);
  else output.line(`started ${printable(names.join(" → "))} ${printable(id)} (${brokerOf(app).kind})`);
}

function stepOptions(flags: EnqueueFlags): StepOptions<Record<never, never>> {
  const delayMs = flags.at === undefined ? flags.in : Math.max(0, flags.at.getTime() - Date.now());
  return {
    ...(flags.queue === undefined ? {} : { queue: flags.queue }),
    ...(flags.domain === undefined ? {} : { domain: flags.domain }),
    ...(delayMs === undefined ? {} : { delayMs }),
    ...(flags.priority === undefined ? {} : { priority: flags.priority }),
    ...(flags.group === undefined ? {} : { groupKey: flags.group }),
    ...(flags.attempts === undefined ? {} : { maxAttempts: flags.attempts }),
  };
}
