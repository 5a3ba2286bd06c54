import type { NextStep } from "../envelope/next-step.ts";
import { ConfigError } from "../errors/config-errors.ts";
import { type EnqueuedJob, HEADERS_RULE } from "../job/enqueue.ts";
import { optionsCheck } from "../options/check-options.ts";
import { textOrEmpty } from "../options/option-rules.ts";
import type { Producer } from "../producer/producer.ts";
import type { IdSource } from "../runtime/ids.ts";
import type { Flow } from "./flow.ts";
import { idAfter, planJobs } from "./plan-jobs.ts";
import { type FlowRules, resolveFlow } from "./resolve-flow.ts";
import { sendPlanned } from "./send-planned.ts";

/** How a flow is started. */
export interface StartOptions {
  /** Id of the flow instead of a new UUIDv7. Started twice under one id, its jobs are the same jobs. */
  readonly id?: string;
  /** Small texts that travel with the first jobs; trace context is carried on. */
  readonly headers?: Readonly<Record<string, string>>;
}

const checkStartOptions = optionsCheck<StartOptions>({ id: textOrEmpty, headers: HEADERS_RULE });

/** The receipt of a started flow. */
export interface StartedFlow {
  /** Id of the flow: what cancels all of it. */
  readonly id: string;
  /** Ids under which the values of the steps will be kept, where results are, one after the other; of a group, that of its list. */
  readonly stepIds: readonly string[];
  /** The last of {@link stepIds}. */
  readonly lastId: string;
  /** The jobs that were sent at once: the first of a chain, all of a group. */
  readonly jobs: readonly EnqueuedJob[];
}

/** What starting takes. */
export interface FlowParts extends FlowRules {
  readonly producer: Producer;
  readonly ids: IdSource;
  /** Whether values are kept: groups meet in the result store. */
  readonly hasResults: boolean;
}

/**
 * Checks a flow and sends what it begins with.
 * @throws ConfigError for a group without a result store · UnknownTaskError · SignatureError · NotJsonError ·
 * PayloadTooLargeError · UnsupportedError · BrokerUnavailableError
 */
export async function startFlow(flow: Flow, options: StartOptions, parts: FlowParts): Promise<StartedFlow> {
  checkStartOptions(options, "app.start");
  if (!parts.hasResults && hasGroup(flow)) {
    throw new ConfigError("a group needs a result store, in which its members meet.", {
      hint: "Pass one to createApp({ results }), such as sqliteResults({ file }).",
    });
  }
  const { id = parts.ids(), headers = {} } = options;
  const steps = await resolveFlow(flow, parts);
  const planned = planJobs(steps, { id, previous: null, join: undefined });
  const jobs = await sendPlanned(parts.producer, planned, { chain: id, headers });
  const stepIds = stepIdsOf(steps, id);
  return { id, stepIds, lastId: stepIds.at(-1) ?? id, jobs };
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
