import type { BrokerQueue } from "../../broker/broker.ts";
import {
  type CoordinationEntry,
  type CoordinationStore,
  UNTIL_REMOVED_MS,
} from "../../coordination/coordination-store.ts";
import type { AppCoordination } from "../../coordination/open-coordination.ts";
import { useOfId } from "../../envelope/envelope.ts";
import { JobAbortedError } from "../../errors/run-errors.ts";
import { isObject } from "../../options/is-object.ts";
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

/** Until when jobs with this id are cancelled, in ms since 1970; `undefined` for an id that is not. */
export async function readCancellation(
  id: string,
  coordination: CoordinationStore | undefined,
): Promise<number | undefined> {
  const entry = (await coordination?.list(CANCELLED))?.find(({ name }) => name === id);
  return entry && Number(entry.value);
}

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
 * The set of entries for paused queues of brokers that cannot pause. The name of an entry is the queue's, without
 * prefix. The value is a {@link PauseNote}; an earlier release wrote an empty text.
 */
const PAUSED = "paused";

/** The set of entries that only say who has paused a queue of a broker that can pause. */
const PAUSE_NOTES = "pauses";

/** Who has paused a queue, and when. */
export interface PauseNote {
  readonly by: string;
  /** ms since 1970, by the clock of who paused it. */
  readonly at: number;
}

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
 * Stops deliveries: by the broker, else by an entry that every worker reads. The note is kept where there is a
 * coordination store.
 * @throws UnsupportedError where neither can be
 */
export async function pauseQueue(
  { name, queue, appCoordination }: PausableQueue,
  note: PauseNote,
): Promise<void> {
  const value = JSON.stringify(note);
  const { coordination } = appCoordination;
  if (!queue.capabilities.pause)
    return coordinationOf(appCoordination).put({ set: PAUSED, name, value }, UNTIL_REMOVED_MS);
  await queue.pause();
  // The pause holds without its note, so a store that is away does not fail the call.
  await coordination?.put({ set: PAUSE_NOTES, name, value }, UNTIL_REMOVED_MS).catch(() => {});
}

/** Undoes {@link pauseQueue}. @throws UnsupportedError */
export async function resumeQueue({ name, queue, appCoordination }: PausableQueue): Promise<void> {
  if (!queue.capabilities.pause) return coordinationOf(appCoordination).remove(PAUSED, name);
  await queue.resume();
  await appCoordination.coordination?.remove(PAUSE_NOTES, name).catch(() => {});
}

/** Whether an entry pauses a queue. */
export async function isPausedByEntry(
  name: string,
  coordination: CoordinationStore | undefined,
): Promise<boolean> {
  return (await findPause(PAUSED, name, coordination)) !== undefined;
}

/** A pause that holds now. */
export interface QueuePause {
  /** `broker`: the broker itself gives no jobs. `entry`: workers do not ask for any. */
  readonly by: "broker" | "entry";
  /** Who noted the last pause, if anybody did. A pause by a tool of the broker leaves no note. */
  readonly note: PauseNote | undefined;
}

/** Whether a queue is paused now, and by whom. */
export async function readPause(
  { name, queue, appCoordination: { coordination } }: PausableQueue,
  isPausedByBroker: boolean,
): Promise<QueuePause | undefined> {
  const isOwn = queue.capabilities.pause;
  if (isOwn && !isPausedByBroker) return undefined;
  const entry = await findPause(isOwn ? PAUSE_NOTES : PAUSED, name, coordination);
  if (!isOwn && entry === undefined) return undefined;
  return { by: isOwn ? "broker" : "entry", note: entry && readNote(entry.value) };
}

async function findPause(
  set: string,
  name: string,
  coordination: CoordinationStore | undefined,
): Promise<CoordinationEntry | undefined> {
  return (await coordination?.list(set))?.find((entry) => entry.name === name);
}

function readNote(value: string): PauseNote | undefined {
  try {
    const note: unknown = JSON.parse(value);
    if (isObject(note) && typeof note.by === "string" && typeof note.at === "number")
      return { by: note.by, at: note.at };
  } catch {
    // An earlier release wrote no note.
  }
  return undefined;
}

function coordinationOf({ coordination, refuse }: AppCoordination): CoordinationStore {
  if (coordination === undefined) throw refuse(REFUSED);
  return coordination;
}
