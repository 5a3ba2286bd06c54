import { chain, type StartOptions, type Step, type StepOptions, step } from "@jobs/core";
import { withApp } from "../base/with-app.ts";
import type { Output } from "../output/output.ts";
import { printable } from "../output/printable.ts";
import { parseParams } from "../params/parse-params.ts";
import { processSources } from "../params/read-source.ts";
import type { EnqueueFlags, EnqueueRequest } from "./enqueue-one.ts";
import { parseStep } from "./parse-step.ts";

/** A job and those that follow it. */
export interface FlowRequest extends EnqueueRequest {
  /** Each as `TASK name=value name<path …`. */
  readonly followers: readonly string[];
}

/** Checks a whole chain and sends its first job. The other flags are for that first job. */
export async function enqueueFlow(
  { task: name, written, flags, followers }: FlowRequest,
  output: Output,
): Promise<void> {
  const isSent = !flags["dry-run"];
  await withApp({ flags, hasBroker: isSent }, async ({ app }) => {
    const sources = processSources();
    const task = app.tasks.get(name);
    const first = step(task, await parseParams(written, task.signature, sources), stepOptions(flags));
    const steps: Step[] = [first];
    for (const text of followers) steps.push(await parseStep(text, app, sources));
    const names = steps.map((one) => one.task.name);
    if (!isSent) {
      if (output.isJson) output.json({ isDryRun: true, steps: names });
      else output.line(`would start ${printable(names.join(" → "))}`);
      return;
    }
    const started: StartOptions = flags.id === undefined ? {} : { id: flags.id };
    const { id, lastId } = await app.start(chain(steps), started);
    if (output.isJson) output.json({ id, lastId, steps: names, broker: app.broker.kind });
    else output.line(`started ${printable(names.join(" → "))} ${printable(id)} (${app.broker.kind})`);
  });
}

function stepOptions(flags: EnqueueFlags): StepOptions<Record<never, never>> {
  return {
    ...(flags.queue === undefined ? {} : { queue: flags.queue }),
    ...(flags.in === undefined ? {} : { delayMs: flags.in }),
    ...(flags.priority === undefined ? {} : { priority: flags.priority }),
    ...(flags.group === undefined ? {} : { groupKey: flags.group }),
    ...(flags.attempts === undefined ? {} : { maxAttempts: flags.attempts }),
  };
}
