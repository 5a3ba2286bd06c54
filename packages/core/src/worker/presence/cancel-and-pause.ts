import type { BrokerQueue } from "../../broker/broker.ts";
import {
  type CoordinationEntry,
  type CoordinationStore,
  UNTIL_REMOVED_MS,
} from "../../coordination/coordination-store.ts";
import type { AppCoordination } from "../../coordination/open-coordination.ts";
import { useOfId } from "../../envelope/envelope.ts";
import { JobAbortedError } from "../../errors/run-errors.ts";
import type { Cancel } from "../../runtime/clock.ts";
import { endOf } from "../../runtime/deadline.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { Run } from "../run/run.ts";

/** How often a worker reads the entries, in ms. */
const LOOK_MS = 2_000;

/** The longest delay of a worker's start by a coordination store that does not answer, in ms. */
const FIRST_LOOK_MS = 5_000;

/** Polls one set of entries for a whole worker. */
interface CoordinationWatch {
  /** Reads the entries now, and then every two seconds. It never rejects. */
  begin(): Promise<void>;
  /** Stops reading. */
  end(): void;
}

/** The source of a worker's entries. */
export interface CoordinationSource {
  /** Without a coordination store nothing is cancelled or paused. */
  readonly coordination: CoordinationStore | undefined;
  readonly runtime: Runtime;
}

/**
 * Creates a {@link CoordinationWatch}; `apply` is called after each look. While the coordination store does not
 * answer, the entries that were read last stay valid.
 */
function watchCoordination(
  { coordination, runtime: { clock, report } }: CoordinationSource,
  set: string,
  apply: (entries: readonly CoordinationEntry[]) => void,
): CoordinationWatch {
  let hasFailed = false;
  let hasEnded = false;
  let cancelNext: Cancel = () => {};

  async function look(store: CoordinationStore): Promise<void> {
    try {
      apply(await store.list(set));
      hasFailed = false;
    } catch (error) {
      const message = `what was ${set} cannot be read; the worker goes on`;
      if (!hasFailed) report({ source: "store", err: error }, message);
      hasFailed = true;
    }
    if (!hasEnded) cancelNext = clock.schedule(LOOK_MS, () => void look(store));
  }

  return {
    async begin() {
      if (coordination === undefined) return;
      await endOf(clock, FIRST_LOOK_MS, look(coordination));
    },
    end() {
      hasEnded = true;
      cancelNext();
    },
  };
}

/**
 * The set of entries for cancelled jobs and flows; the name of an entry is the id. Its value is a time in ms since 1970:
 * jobs that were enqueued until then are cancelled. A later job with this id is another job.
 */
export const CANCELLED = "cancelled";

/** The cancellations that a worker knows. */
export interface Cancellations extends CoordinationWatch {
  /** Whether a job, or the flow it belongs to, was cancelled. */
  has(run: Run): boolean;
}

/**
 * Creates {@link Cancellations}: one call every two seconds for a whole worker, none for a job. It aborts handlers of
 * cancelled jobs; waiting jobs are checked when they start. `runs`: the runs in flight.
 */
export function createCancellations(source: CoordinationSource, runs: () => Iterable<Run>): Cancellations {
  let untilById: ReadonlyMap<string, number> = new Map();
  const covers = (id: string | undefined, at: number) =>
    id !== undefined && at <= (untilById.get(id) ?? Number.NEGATIVE_INFINITY);
  const has = ({ envelope }: Run) => {
    if (untilById.size === 0 || envelope === undefined) return false;
    const at = useOfId(envelope);
    return covers(envelope.id, at) || covers(envelope.chain, at);
  };
  const watch = watchCoordination(source, CANCELLED, (cancelled) => {
    untilById = new Map(cancelled.map(({ name, value }) => [name, Number(value)]));
    for (const run of runs()) if (run.state === "running" && has(run)) stop(run);
  });
  return { ...watch, has };
}

function stop(run: Run): void {
  run.interrupt({ kind: "cancelled", error: new JobAbortedError("cancelled") });
}

/**
 * The set of entries for paused queues of brokers that cannot pause. The name of an entry is the queue's, without prefix.
 */
const PAUSED = "paused";

/** The queues with a pause entry that a worker knows. */
export interface QueuePauses extends CoordinationWatch {
  has(queue: string): boolean;
}

/** Creates {@link QueuePauses}; `changed` is called when something was paused or resumed. */
export function createQueuePauses(source: CoordinationSource, changed: () => void): QueuePauses {
  let names: ReadonlySet<string> = new Set();
  const watch = watchCoordination(source, PAUSED, (paused) => {
    const before = names;
    names = new Set(paused.map(({ name }) => name));
    if (names.size !== before.size || [...names].some((name) => !before.has(name))) changed();
  });
  return { ...watch, has: (queue) => names.has(queue) };
}

/** A queue to pause or resume. */
export interface PausableQueue {
  /** Without prefix. */
  readonly name: string;
  readonly queue: BrokerQueue;
  readonly appCoordination: AppCoordination;
}

const REFUSED = {
  feature: "pause",
  message: "cannot pause a queue, and has no coordination store for a pause mark",
  hint: "Give the app a result store: its coordination store keeps pauses for every broker.",
};

/**
 * Stops deliveries: by the broker, else by an entry that every worker reads.
 * @throws UnsupportedError where neither can be
 */
export async function pauseQueue({ name, queue, appCoordination }: PausableQueue): Promise<void> {
  if (queue.capabilities.pause) return queue.pause();
  await coordinationOf(appCoordination).put({ set: PAUSED, name, value: "" }, UNTIL_REMOVED_MS);
}

/** Undoes {@link pauseQueue}. @throws UnsupportedError */
export async function resumeQueue({ name, queue, appCoordination }: PausableQueue): Promise<void> {
  if (queue.capabilities.pause) return queue.resume();
  await coordinationOf(appCoordination).remove(PAUSED, name);
}

/** Whether an entry pauses a queue. */
export async function isPausedByEntry(
  name: string,
  coordination: CoordinationStore | undefined,
): Promise<boolean> {
  const paused = (await coordination?.list(PAUSED)) ?? [];
  return paused.some((entry) => entry.name === name);
}

function coordinationOf({ coordination, refuse }: AppCoordination): CoordinationStore {
  if (coordination === undefined) throw refuse(REFUSED);
  return coordination;
}
