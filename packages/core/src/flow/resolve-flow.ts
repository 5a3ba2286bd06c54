import type { AppConfig } from "../config/app-config.ts";
import type { NextGroup, NextJob, NextStep } from "../envelope/envelope.ts";
import { ConfigError } from "../errors/config-errors.ts";
import { bindKnownParams, bindParams } from "../task/bind-params.ts";
import type { TaskRegistry } from "../task/registry.ts";
import type { Flow, Step } from "./flow.ts";

/** The tasks and settings of the app that starts a flow. */
export interface FlowRules {
  readonly tasks: TaskRegistry;
  readonly config: AppConfig;
}

/**
 * A flow in the form of envelopes. All tasks, names and known values are checked before the first job is sent.
 * @throws UnknownTaskError · SignatureError · NotJsonError · ConfigError when the first step takes a value
 */
export async function resolveFlow(flow: Flow, rules: FlowRules): Promise<readonly NextStep[]> {
  const steps = await resolvePart(flow, rules);
  refuseTakesOfFirst(steps);
  return steps;
}

async function resolvePart(flow: Flow, rules: FlowRules): Promise<readonly NextStep[]> {
  if (flow.kind === "step") return [await resolveStep(flow, rules)];
  const lines = await Promise.all(flow.parts.map((part) => resolvePart(part, rules)));
  return flow.kind === "chain" ? lines.flat() : [{ group: lines } satisfies NextGroup];
}

async function resolveStep({ task: { name }, params, options }: Step, rules: FlowRules): Promise<NextJob> {
  const task = rules.tasks.get(name);
  const { takes = {}, delayMs, ...sending } = options;
  const isTaking = Object.keys(takes).length > 0;
  const settings = rules.config.task(name);
  const domain = options.domain ?? settings.domain;
  const priority = options.priority ?? settings.priority;
  return {
    task: name,
    params: isTaking
      ? await bindKnownParams(task, params, takes)
      : (await bindParams(task, params, "enqueue")).input,
    ...(isTaking ? { takes } : undefined),
    sig: task.signature.fingerprint,
    ...sending,
    // A whole number, as in envelopes.
    ...(delayMs === undefined ? undefined : { delayMs: Math.ceil(delayMs) }),
    queue: options.queue ?? settings.queue,
    ...(domain === undefined ? undefined : { domain }),
    ...(priority === 0 ? undefined : { priority }),
  };
}

/** @throws ConfigError when the first step takes from a previous value, which does not exist */
function refuseTakesOfFirst([first]: readonly NextStep[]): void {
  if (first === undefined) return;
  if ("group" in first) first.group.forEach(refuseTakesOfFirst);
  else if (first.takes !== undefined) {
    throw new ConfigError(
      `step "${first.task}" takes a value, but is the first of its flow: there is no step before it.`,
      {
        hint: "Pass its parameters directly; only later steps can take values.",
      },
    );
  }
}
