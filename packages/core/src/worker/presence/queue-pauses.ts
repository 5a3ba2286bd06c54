import type { BrokerQueue } from "../../broker/broker.ts";
import { type CoordinationStore, UNTIL_REMOVED_MS } from "../../coordination/coordination-store.ts";
import type { AppCoordination } from "../../coordination/open-coordination.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { type CoordinationWatch, watchCoordination } from "./coordination-watch.ts";

/** The set of marks by which queues are paused whose broker cannot do it; the name of a mark is the queue's, without prefix. */
const PAUSED = "paused";

/** Which queues are paused by a mark, as far as a worker knows. */
export interface QueuePauses extends CoordinationWatch {
  has(queue: string): boolean;
}

/** What {@link QueuePauses} work with. */
export interface QueuePauseParts {
  readonly coordination: CoordinationStore | undefined;
  readonly runtime: Runtime;
  /** Something was paused or resumed. */
  onChange(): void;
}

/** Creates {@link QueuePauses}. */
export function createQueuePauses({ coordination, runtime, onChange }: QueuePauseParts): QueuePauses {
  let names: ReadonlySet<string> = new Set();
  const watch = watchCoordination({
    coordination,
    set: PAUSED,
    runtime,
    onLook(paused) {
      const before = names;
      names = new Set(paused.map(({ name }) => name));
      if (names.size !== before.size || [...names].some((name) => !before.has(name))) onChange();
    },
  });
  return { ...watch, has: (queue) => names.has(queue) };
}

/** A queue that is to be paused or resumed. */
export interface PausableQueue {
  /** Without prefix. */
  readonly name: string;
  readonly queue: BrokerQueue;
  readonly appCoordination: AppCoordination;
}

const REFUSED = {
  feature: "pause",
  message: "cannot pause a queue by itself, and has no coordination store to tell workers",
  hint: "Give the app a result store: its coordination store carries pauses on every broker.",
};

/** Stops deliveries: by the broker, else by a mark that every worker reads. @throws UnsupportedError where neither can be */
export async function pauseQueue({ name, queue, appCoordination }: PausableQueue): Promise<void> {
  if (queue.capabilities.pause) return queue.pause();
  await coordinationOf(appCoordination).put({ set: PAUSED, name, value: "" }, UNTIL_REMOVED_MS);
}

/** Undoes {@link pauseQueue}. @throws UnsupportedError */
export async function resumeQueue({ name, queue, appCoordination }: PausableQueue): Promise<void> {
  if (queue.capabilities.pause) return queue.resume();
  await coordinationOf(appCoordination).remove(PAUSED, name);
}

/** Whether a mark pauses a queue. */
export async function isPausedByMark(
  name: string,
  coordination: CoordinationStore | undefined,
): Promise<boolean> {
  const paused = (await coordination?.list(PAUSED)) ?? [];
  return paused.some((mark) => mark.name === name);
}

function coordinationOf({ coordination, refuse }: AppCoordination): CoordinationStore {
  if (coordination === undefined) throw refuse(REFUSED);
  return coordination;
}
