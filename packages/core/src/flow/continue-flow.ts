import {
  type CoordinationEntry,
  type CoordinationStore,
  UNTIL_REMOVED_MS,
} from "../coordination/coordination-store.ts";
import type { AppCoordination } from "../coordination/open-coordination.ts";
import { readValue } from "../coordination/read-record.ts";
import { idAfter, type Join, type JsonValue, type NextStep, useOfId } from "../envelope/envelope.ts";
import { isJobsError } from "../errors/jobs-error.ts";
import type { CompletionStep, RunOnce } from "../job/completion.ts";
import { carriedHeaders } from "../job/enqueue.ts";
import { keptJson } from "../job/kept-json.ts";
import type { Producer } from "../producer/producer.ts";
import { type JobResult, keepResult, type ResultStore } from "../results/result-store.ts";
import { type Clock, sleep } from "../runtime/clock.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { tickOf } from "../schedule/tick-job.ts";
import type { TaskRegistry } from "../task/registry.ts";
import { type FlowOrigin, planJobs, sendReady } from "./plan-jobs.ts";
import { type Returned, takeValues } from "./take-values.ts";

/** The parts of an app that continue a flow. */
export interface ContinueParts {
  readonly producer: Producer;
  /** What this app knows of the next steps. */
  readonly tasks: TaskRegistry;
  /** Keeps the list of a group's values. */
  readonly results: ResultStore | undefined;
  /** Keeps the values of a group's members until the flow continues after the group. */
  readonly appCoordination: AppCoordination;
  /** How long the list of a group is kept as a result, in ms. The flow does not depend on it. */
  readonly ttlMs: number;
  readonly runtime: Pick<Runtime, "clock" | "report" | "limited">;
}

/** After this time another last member may continue after a group, in ms. */
const SENDER_MS = 5_000;

/** How long other last members see that the next job was refused, in ms: longer than they wait. */
const REFUSED_MS = 60_000;

/** How long a group is known to have continued, in ms. By then a killed member has been delivered again. */
const SENT_MS = 3_600_000;

/** How often a last member looks whether another one has continued, in ms. */
const LOOK_MS = 50;

/** A job or group that has just succeeded, and what follows it. */
interface LineEnd {
  /** Of that job or group. */
  readonly id: string;
  readonly returned: Returned;
  readonly next: readonly NextStep[];
  readonly join: Join | undefined;
  /** Whether another run may have done the same before. */
  readonly mayRepeat: boolean;
}

/**
 * The completion step that sends the next jobs of a flow. After a crash it sends the same jobs with the same ids again.
 */
export function continueFlowStep(parts: ContinueParts): CompletionStep {
  return {
    name: "chain",
    concerns: ({ chain }) => chain !== undefined,
    async complete({ job, envelope, value, hasTakenFollowups = false, wasDeliveredBefore = false }) {
      const { id, chain, chainStartedAt: startedAt = envelope.enqueuedAt, next = [], join, tags } = envelope;
      if (chain === undefined || hasTakenFollowups || (next.length === 0 && join === undefined)) return;
      const origin = { chain, startedAt, parent: id, tags, headers: carriedHeaders(envelope.headers) };
      const given = { job, name: "result", loss: "the next step of its flow gets null" } as const;
      const returned = { by: `job ${id}`, value: keptJson(value, given, parts.runtime) };
      await goOn(parts, origin, { id, returned, next, join, mayRepeat: wasDeliveredBefore });
    },
  };
}

async function goOn(
  parts: ContinueParts,
  origin: FlowOrigin,
  { id, returned, next, join, mayRepeat }: LineEnd,
): Promise<void> {
  if (next.length > 0) {
    const planned = planJobs(next, { id: idAfter(id), join });
    // All are checked before the first is sent.
    const ready = await Promise.all(planned.map((job) => takeValues(job, returned, parts.tasks)));
    await sendReady(parts.producer, ready, origin);
  } else if (join !== undefined) {
    await meet(parts, origin, { join, value: returned.value, mayRepeat });
  }
}

/** A line of a group that has ended. */
interface Arrival {
  readonly join: Join;
  readonly value: JsonValue;
  readonly mayRepeat: boolean;
}

/** Stores the value of a line of a group; continues after the group when it is the last one. */
async function meet(parts: ContinueParts, origin: FlowOrigin, arrival: Arrival): Promise<void> {
  const { join, value, mayRepeat } = arrival;
  const { results, appCoordination, ttlMs, runtime } = parts;
  const { clock } = runtime;
  const { coordination } = appCoordination;
  if (results === undefined || coordination === undefined) {
    const hint = "Give this worker the result store that the other workers of the flow have.";
    const message = "cannot join a group: this worker has no result store that all workers see";
    throw appCoordination.refuse({ feature: "group", message, hint });
  }
  // An id may be used again, so values of an earlier flow do not count.
  const set = valuesOfGroup(origin.startedAt, join.id);
  // Its value would be kept for ever, since nobody waits for it any more.
  if (mayRepeat && (await hasContinued(coordination, set))) return;
  const entry = { set, name: String(join.index), value: JSON.stringify(value) };
  // A member may be a dead letter for long before a redrive, and the other values wait for it.
  await coordination.put(entry, UNTIL_REMOVED_MS);
  if ((await coordination.count(set)) < join.size) return;
  const arrived = await valuesForSender(coordination, set, { join, clock });
  if (arrived === undefined) return;
  const values = valuesOf(arrived);
  const { id, next, join: outer } = join;
  const list = { id, task: "group", queue: "", status: "succeeded", value: values } as const;
  const enqueuedAt = Date.parse(origin.startedAt);
  await keepResult(results, { ...list, attempt: 1, enqueuedAt, finishedAt: clock.now() }, ttlMs);
  const returned = { by: `group ${id}`, value: values };
  try {
    await goOn(parts, origin, { id, returned, next, join: outer, mayRepeat: true });
  } catch (error) {
    if (isJobsError(error) && !error.retryable)
      await coordination.put({ ...senderOf(set), value: refusedTo(join) }, REFUSED_MS);
    throw error;
  }
  await coordination.put({ ...senderOf(set), value: SENT }, SENT_MS);
  await Promise.all(arrived.map(({ name }) => coordination.remove(set, name)));
}

/** The set of entries with the values of a group's members that have ended. */
export function valuesOfGroup(startedAt: string, id: string): string {
  return `group/${startedAt}/${id}`;
}

/** The entry of the member that continues after the group whose values are in `set`. */
function senderOf(set: string): Pick<CoordinationEntry, "set" | "name"> {
  return { set: `${set}/sender`, name: "member" };
}

/** The value of the entry after the next job was sent. */
const SENT = "sent";

async function hasContinued(coordination: CoordinationStore, set: string): Promise<boolean> {
  return (await coordination.list(senderOf(set).set)).some(({ value }) => value === SENT);
}

/** The value of the entry after the next job was refused to a member. That member's dead letter holds the flow. */
function refusedTo({ index }: Pick<Join, "index">): string {
  return `refused ${index}`;
}

/**
 * Several members may see that all have arrived. One gets the values and continues, so that the next job is sent once.
 * Another does so only when that one has not within its time. `undefined`: there is nothing to do, since the next job
 * was sent, or was refused to another member.
 */
async function valuesForSender(
  coordination: CoordinationStore,
  set: string,
  { join, clock }: { readonly join: Join; readonly clock: Clock },
): Promise<readonly CoordinationEntry[] | undefined> {
  const own = { ...senderOf(set), value: String(join.index) };
  for (;;) {
    const sender = await coordination.claim(own, SENDER_MS);
    if (sender === SENT || (sender.startsWith("refused") && sender !== refusedTo(join))) return undefined;
    const arrived = await coordination.list(set);
    if (arrived.length < join.size) return undefined;
    if (sender === own.value || sender === refusedTo(join)) return arrived;
    await sleep(clock, LOOK_MS);
  }
}

function valuesOf(arrived: readonly CoordinationEntry[]): readonly JsonValue[] {
  const values: JsonValue[] = [];
  for (const { set, name, value } of arrived)
    values[Number(name)] = readValue(value, `member ${name} of ${set}`);
  return values;
}

/**
 * A job of a flow or of a tick with a kept value has already succeeded. Then a crash came between result and ack, or
 * the job was sent twice. It is not run again; the next steps are sent from the kept value. The value of an earlier job
 * with the same id does not count. If the store does not answer, the job runs, since any job may run more than once.
 */
export function runOnce(
  results: ResultStore,
  { report, limited }: Pick<Runtime, "report" | "limited">,
): RunOnce {
  return (envelope, run) => {
    const isTick = tickOf(envelope) !== undefined;
    if (envelope.chain === undefined && !isTick) return run();
    // The id of a tick's job is unique for that tick, so its time of the enqueue does not matter.
    const isSame = (result: JobResult) => isTick || result.enqueuedAt === useOfId(envelope);
    return kept(envelope.id).then((result) =>
      result?.status === "succeeded" && isSame(result) && !result.hasTakenFollowups ? result.value : run(),
    );
  };

  async function kept(id: string): Promise<JobResult | undefined> {
    try {
      return await results.get(id);
    } catch (error) {
      const message = "whether a job has been done before is not known; it runs";
      report({ source: "store", err: error, job: id }, message, limited.warn);
      return undefined;
    }
  }
}
