import type { AppConfig } from "../config/app-config.ts";
import type { JsonObject } from "../envelope/envelope.ts";
import type { NextGroup, NextJob, NextStep } from "../envelope/next-step.ts";
import { SignatureError, type SignatureIssue } from "../errors/contract-errors.ts";
import { findParamsError } from "../json/json-safety.ts";
import { bindParams } from "../task/bind-params.ts";
import { jsonPointer } from "../task/issue-words.ts";
import { findNameIssues } from "../task/match-names.ts";
import type { TaskRegistry } from "../task/registry.ts";
import type { Task } from "../task/task.ts";
import type { Flow, Step } from "./flow.ts";

/** What a flow is held against. */
export interface FlowRules {
  readonly tasks: TaskRegistry;
  readonly config: AppConfig;
}

/**
 * A flow as it travels. All of it is checked before any of it is sent: tasks, names, and every value that is known now.
 * @throws UnknownTaskError · SignatureError · NotJsonError
 */
export async function resolveFlow(flow: Flow, rules: FlowRules): Promise<readonly NextStep[]> {
  if (flow.kind === "step") return [await resolveStep(flow, rules)];
  const lines = await Promise.all(flow.parts.map((part) => resolveFlow(part, rules)));
  return flow.kind === "chain" ? lines.flat() : [{ group: lines } satisfies NextGroup];
}

async function resolveStep({ task: { name }, params, options }: Step, rules: FlowRules): Promise<NextJob> {
  const task = rules.tasks.get(name);
  const { takes, delayMs, ...sending } = options;
  const settings = rules.config.task(name);
  const domain = options.domain ?? settings.domain;
  const priority = options.priority ?? settings.priority;
  return {
    task: name,
    params:
      takes === undefined ? (await bindParams(task, params, "enqueue")).input : partial(task, params, takes),
    ...(takes === undefined ? undefined : { takes }),
    sig: task.signature.fingerprint,
    ...sending,
    // Whole, as envelopes hold it.
    ...(delayMs === undefined ? undefined : { delayMs: Math.ceil(delayMs) }),
    queue: options.queue ?? settings.queue,
    ...(domain === undefined ? undefined : { domain }),
    ...(priority === 0 ? undefined : { priority }),
  };
}

/** Values that are still to come cannot be checked, their names can. */
function partial(task: Task, params: unknown, takes: Readonly<Record<string, string>>): JsonObject {
  const error = findParamsError(params as object, "params");
  if (error !== undefined) throw error;
  const given = params as JsonObject;
  const twice = Object.keys(takes).filter((name) => Object.hasOwn(given, name));
  const issues = [
    ...findNameIssues(task.signature, [...Object.keys(given), ...Object.keys(takes)]),
    ...twice.map((name) => givenTwice(name, takes[name] ?? "")),
  ];
  if (issues.length === 0) return given;
  throw new SignatureError(task.name, "enqueue", issues, `${task.name}(${task.signature.text})`);
}

/** The taken value would win, and nobody would hear of the one that was given. */
function givenTwice(name: string, path: string): SignatureIssue {
  const expected = `either a value or a place to take it from ("${path}")`;
  return { path: jsonPointer([name]), kind: "invalid", expected, got: "both" };
}
