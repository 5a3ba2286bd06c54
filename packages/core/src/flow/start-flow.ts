import type { AppCoordination } from "../coordination/open-coordination.ts";
import { readRecord } from "../coordination/read-record.ts";
import { idAfter, type NextStep } from "../envelope/envelope.ts";
import { ConfigError } from "../errors/config-errors.ts";
import { type EnqueuedJob, HEADERS_RULE, TAGS_RULE } from "../job/enqueue.ts";
import { checkArgument, optionsCheck } from "../options/check-options.ts";
import { textOrEmpty } from "../options/option-rules.ts";
import type { Producer } from "../producer/producer.ts";
import type { ResultStore } from "../results/result-store.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { FLOW, type Flow } from "./flow.ts";
import { planJobs, sendReady } from "./plan-jobs.ts";
import { type FlowRules, resolveFlow } from "./resolve-flow.ts";

/** Options of a start. */
export interface StartOptions {
  /**
   * Id of the flow instead of a new UUIDv7. Where results are kept, a second start with the same id is the same flow,
   * with the same jobs. After its last step has succeeded, or after a cancellation, it is a new flow.
   */
  readonly id?: string;
  /** Small texts in the first jobs; later jobs inherit the trace context. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Tags of all jobs of the flow, see `EnqueueOptions`. */
  readonly tags?: readonly string[];
}

/** The set of entries for flows with a given id: the last flow with each id, and its start. */
export const FLOWS = "flows";

const checkStartOptions = optionsCheck<StartOptions>({
  id: textOrEmpty,
  headers: HEADERS_RULE,
  tags: TAGS_RULE,
});

/** The receipt of a started flow. */
export interface StartedFlow {
  /** Id of the flow, which can cancel all of it. */
  readonly id: string;
  /** Ids of the results of the steps, in order; for a group, the id of its list. */
  readonly stepIds: readonly string[];
  /** The last of {@link stepIds}. */
  readonly lastId: string;
  /** In ms since 1970; the first start of a flow that is already running. Results have it as `enqueuedAt`. */
  readonly startedAt: number;
  /** The first jobs, which were sent now: the first of a chain, all of a group. */
  readonly jobs: readonly EnqueuedJob[];
}

/** The parts of an app that start a flow. */
export interface FlowParts extends FlowRules {
  readonly producer: Producer;
  readonly runtime: Pick<Runtime, "ids" | "clock">;
  /** Keeps the values. */
  readonly results: ResultStore | undefined;
  /** Keeps the values of groups. */
  readonly appCoordination: AppCoordination;
  /** How long values are kept, in ms. */
  readonly ttlMs: number;
}

/**
 * Checks a flow and sends its first jobs.
 * @throws ConfigError for a group without a result store · UnsupportedError where its members share no coordination
 * store
 * @throws UnknownTaskError · SignatureError · NotJsonError · PayloadTooLargeError · BrokerUnavailableError
 */
export async function startFlow(flow: Flow, options: StartOptions, parts: FlowParts): Promise<StartedFlow> {
  checkArgument(flow, "app.start: the first argument", FLOW);
  checkStartOptions(options, "app.start");
  if (hasGroup(flow)) checkGroups(parts);
  const { id = parts.runtime.ids(), headers = {}, tags } = options;
  const steps = await resolveFlow(flow, parts);
  const planned = planJobs(steps, { id, join: undefined });
  const stepIds = stepIdsOf(steps, id);
  const lastId = stepIds.at(-1) ?? id;
  const startedAt =
    options.id === undefined ? parts.runtime.clock.now() : await claimStart({ id, lastId }, parts);
  const origin = { chain: id, startedAt: new Date(startedAt).toISOString(), headers, tags };
  const jobs = await sendReady(parts.producer, planned, origin);
  return { id, stepIds, lastId, startedAt, jobs };
}

/**
 * The start of the flow with this id, in ms since 1970. While that flow runs, it is the first start, so that a second
 * start gives the same jobs.
 */
async function claimStart(
  flow: Pick<StartedFlow, "id" | "lastId">,
  { results, appCoordination: { coordination }, ttlMs, runtime }: FlowParts,
): Promise<number> {
  const startedAt = Math.floor(runtime.clock.now());
  if (results === undefined || coordination === undefined || ttlMs <= 0) return startedAt;
  const entry = { set: FLOWS, name: flow.id, value: JSON.stringify({ lastId: flow.lastId, startedAt }) };
  const standing = await coordination.claim(entry, ttlMs);
  if (standing === entry.value) return startedAt;
  const before = readRecord<Pick<StartedFlow, "lastId" | "startedAt">>(
    standing,
    `the start of flow ${flow.id}`,
    (kept) => "lastId" in kept && "startedAt" in kept && typeof kept.startedAt === "number",
  );
  const last = await results.get(before.lastId);
  if (last?.status !== "succeeded" || last.enqueuedAt !== before.startedAt) return before.startedAt;
  await coordination.put(entry, ttlMs);
  return startedAt;
}

function checkGroups({ results, appCoordination }: FlowParts): void {
  const hint = "Pass one to createApp({ results }), such as sqliteResults({ file }).";
  if (results === undefined) {
    throw new ConfigError("a group needs a result store that its members share.", { hint });
  }
  if (appCoordination.coordination !== undefined) return;
  throw appCoordination.refuse({
    feature: "group",
    message: "has no coordination store that a group can share",
    hint,
  });
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
