import type { AppConfig } from "../config/app-config.ts";
import type { AppCoordination } from "../coordination/open-coordination.ts";

import { readRecord } from "../coordination/read-record.ts";

import {
  idAfter,
  type JsonObject,
  type NextGroup,
  type NextJob,
  type NextStep,
} from "../envelope/envelope.ts";

import { ConfigError } from "../errors/config-errors.ts";
import { SignatureError, type SignatureIssue } from "../errors/contract-errors.ts";
import { type EnqueuedJob, HEADERS_RULE } from "../job/enqueue.ts";
import { findParamsError } from "../json/json-safety.ts";
import { checkArgument, optionsCheck } from "../options/check-options.ts";
import { textOrEmpty } from "../options/option-rules.ts";
import type { Producer } from "../producer/producer.ts";
import type { ResultStore } from "../results/result-store.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { bindParams, findNameIssues } from "../task/bind-params.ts";
import { jsonPointer } from "../task/issue-words.ts";
import type { TaskRegistry } from "../task/registry.ts";
import type { Task } from "../task/task.ts";
import { FLOW, type Flow, type Step } from "./flow.ts";
import { planJobs, sendPlanned } from "./plan-jobs.ts";

/** How a flow is started. */
export interface StartOptions {
  /**
   * Id of the flow instead of a new UUIDv7. Started again under one id before its last step has succeeded, it is the same
   * flow where results are kept, and its jobs are the same jobs; after that, or once it was cancelled, it is a new one.
   */
  readonly id?: string;
  /** Small texts that travel with the first jobs; trace context is carried on. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The set of marks in which flows are that were given their id: what was started under it last, and when. */
export const FLOWS = "flows";

const checkStartOptions = optionsCheck<StartOptions>({ id: textOrEmpty, headers: HEADERS_RULE });

/** The receipt of a started flow. */
export interface StartedFlow {
  /** Id of the flow: what cancels all of it. */
  readonly id: string;
  /** Ids under which the values of the steps will be kept, where results are, one after the other; of a group, that of its list. */
  readonly stepIds: readonly string[];
  /** The last of {@link stepIds}. */
  readonly lastId: string;
  /** In ms since 1970; of a flow that was under way already, when it was started first. Results have it as `enqueuedAt`. */
  readonly startedAt: number;
  /** The jobs that were sent at once: the first of a chain, all of a group. */
  readonly jobs: readonly EnqueuedJob[];
}

/** What starting takes. */
export interface FlowParts extends FlowRules {
  readonly producer: Producer;
  readonly runtime: Pick<Runtime, "ids" | "clock">;
  /** Where values are kept. */
  readonly results: ResultStore | undefined;
  /** Where groups meet. */
  readonly appCoordination: AppCoordination;
  /** How long values are kept, in ms. */
  readonly ttlMs: number;
}

/**
 * Checks a flow and sends what it begins with.
 * @throws ConfigError for a group without a result store · UnsupportedError for one whose members could not meet ·
 * UnknownTaskError · SignatureError · NotJsonError ·
 * PayloadTooLargeError · UnsupportedError · BrokerUnavailableError
 */
export async function startFlow(flow: Flow, options: StartOptions, parts: FlowParts): Promise<StartedFlow> {
  checkArgument(flow, "app.start: the first argument", FLOW);
  checkStartOptions(options, "app.start");
  if (hasGroup(flow)) checkGroups(parts);
  const { id = parts.runtime.ids(), headers = {} } = options;
  const steps = await resolveFlow(flow, parts);
  refuseTakesOfFirst(steps);
  const planned = planJobs(steps, { id, previous: null, join: undefined });
  const stepIds = stepIdsOf(steps, id);
  const lastId = stepIds.at(-1) ?? id;
  const startedAt =
    options.id === undefined ? parts.runtime.clock.now() : await claimStart({ id, lastId }, parts);
  const origin = { chain: id, startedAt: new Date(startedAt).toISOString(), headers };
  const jobs = await sendPlanned(parts.producer, planned, origin);
  return { id, stepIds, lastId, startedAt, jobs };
}

/**
 * When the flow of this id was started, in ms since 1970: the time of the first start while that flow is under way, so
 * that whoever starts it again has the same jobs.
 */
async function claimStart(
  flow: Pick<StartedFlow, "id" | "lastId">,
  { results, appCoordination: { coordination }, ttlMs, runtime }: FlowParts,
): Promise<number> {
  const startedAt = Math.floor(runtime.clock.now());
  if (results === undefined || coordination === undefined || ttlMs <= 0) return startedAt;
  const mark = { set: FLOWS, name: flow.id, value: JSON.stringify({ lastId: flow.lastId, startedAt }) };
  const standing = await coordination.claim(mark, ttlMs);
  if (standing === mark.value) return startedAt;
  const before = readRecord<Pick<StartedFlow, "lastId" | "startedAt">>(
    standing,
    `the start of flow ${flow.id}`,
    (kept) => "lastId" in kept && "startedAt" in kept && typeof kept.startedAt === "number",
  );
  const last = await results.get(before.lastId);
  if (last?.status !== "succeeded" || last.enqueuedAt !== before.startedAt) return before.startedAt;
  await coordination.put(mark, ttlMs);
  return startedAt;
}

function checkGroups({ results, appCoordination }: FlowParts): void {
  const hint = "Pass one to createApp({ results }), such as sqliteResults({ file }).";
  if (results === undefined) {
    throw new ConfigError("a group needs a result store, in which its members meet.", { hint });
  }
  if (appCoordination.coordination !== undefined) return;
  throw appCoordination.refuse({
    feature: "group",
    message: "has no coordination store in which a group meets",
    hint,
  });
}

/** @throws ConfigError where a step that begins the flow is to take from a value before it: there is none. */
function refuseTakesOfFirst([first]: readonly NextStep[]): void {
  if (first === undefined) return;
  if ("group" in first) first.group.forEach(refuseTakesOfFirst);
  else if (first.takes !== undefined) {
    throw new ConfigError(`the first step of a flow has no step before it to take from: ${first.task}.`, {
      hint: "Pass its parameters as they are; only later steps take.",
    });
  }
}

function hasGroup(flow: Flow): boolean {
  return flow.kind === "group" || (flow.kind === "chain" && flow.parts.some(hasGroup));
}

function stepIdsOf(steps: readonly NextStep[], id: string): readonly string[] {
  let at = id;
  return steps.map((_, index) => {
    if (index > 0) at = idAfter(at);
    return at;
  });
}

/** What a flow is held against. */
interface FlowRules {
  readonly tasks: TaskRegistry;
  readonly config: AppConfig;
}

/**
 * A flow as it travels. All of it is checked before any of it is sent: tasks, names, and every value that is known now.
 * @throws UnknownTaskError · SignatureError · NotJsonError
 */
async function resolveFlow(flow: Flow, rules: FlowRules): Promise<readonly NextStep[]> {
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
