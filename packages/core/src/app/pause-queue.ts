import type { BrokerQueue } from "../broker/broker.ts";
import { type Marks, UNTIL_REMOVED_MS } from "../marks/marks.ts";
import { PAUSED } from "../worker/queue-pauses.ts";

/** A queue that is to be paused or resumed. */
export interface PausableQueue {
  /** Without prefix. */
  readonly name: string;
  readonly queue: BrokerQueue;
  readonly marks: Marks | undefined;
}

/** Stops deliveries: by the broker, else by a mark that every worker reads. @throws UnsupportedError where neither can be */
export async function pauseQueue({ name, queue, marks }: PausableQueue): Promise<void> {
  if (queue.capabilities.pause || marks === undefined) return queue.pause();
  await marks.put({ set: PAUSED, name, value: "" }, UNTIL_REMOVED_MS);
}

/** Undoes {@link pauseQueue}. @throws UnsupportedError */
export async function resumeQueue({ name, queue, marks }: PausableQueue): Promise<void> {
  if (queue.capabilities.pause || marks === undefined) return queue.resume();
  await marks.remove(PAUSED, name);
}

/** Whether a mark pauses a queue. */
export async function isPausedByMark(name: string, marks: Marks | undefined): Promise<boolean> {
  const paused = (await marks?.list(PAUSED)) ?? [];
  return paused.some((mark) => mark.name === name);
}
