import type { Broker } from "../broker/broker.ts";
import { fullQueueName } from "../broker/queue-name.ts";
import type { AppConfig } from "../config/app-config.ts";
import { isNextGroup, type NextGroup, type NextJob, type NextStep } from "../envelope/envelope.ts";
import { UnsupportedError } from "../errors/broker-errors.ts";
import { ConfigError } from "../errors/config-errors.ts";
import { bindKnownParams, bindParams } from "../task/bind-params.ts";
import type { TaskRegistry } from "../task/registry.ts";
import type { Flow, Step } from "./flow.ts";

/** The tasks and settings of the app that starts a flow. */
export interface FlowRules {
  readonly tasks: TaskRegistry;
  readonly config: AppConfig;
  readonly broker: Pick<Broker, "kind" | "foreignQueues">;
}

/**
 * A flow in the form of envelopes. All tasks, names and known values are checked before the first job is sent.
 * @throws UnknownTaskError · SignatureError · NotJsonError · ConfigError when the first step takes a value ·
 * UnsupportedError for a step before others on a queue that another system's workers may work on
 */
export async function resolveFlow(flow: Flow, rules: FlowRules): Promise<readonly NextStep[]> {
  const steps = await resolvePart(flow, rules);
  refuseTakesOfFirst(steps);
  refuseForeignQueues(steps, rules, false);
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
    ...(task.options.version === undefined ? undefined : { taskVersion: task.options.version }),
    ...sending,
    // A whole number, as in envelopes.
    ...(delayMs === undefined ? undefined : { delayMs: Math.ceil(delayMs) }),
    queue: options.queue ?? settings.queue,
    ...(domain === undefined ? undefined : { domain }),
    ...(priority === 0 ? undefined : { priority }),
  };
}

/** `isInGroup`: also the last step of a line is followed, since the flow continues after the group. */
function refuseForeignQueues(steps: readonly NextStep[], rules: FlowRules, isInGroup: boolean): void {
  const { broker, config } = rules;
  if (broker.foreignQueues === undefined) return;
  for (const [index, one] of steps.entries()) {
    if (isNextGroup(one)) {
      for (const line of one.group) refuseForeignQueues(line, rules, true);
      continue;
    }
    const queue = fullQueueName(config.queuePrefix, one.queue);
    if (!broker.foreignQueues.has(queue) || (index === steps.length - 1 && !isInGroup)) continue;
    throw new UnsupportedError(
      { broker: broker.kind, queue },
      "flows",
      `takes only the last step of a chain, and the step "${one.task}" is another one or in a group`,
      "Workers of another system may run its jobs, and would not start the next step. Give the step a queue without a codec.",
    );
  }
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
