import type { BrokerQueue } from "../broker/broker.ts";
import { type Marks, UNTIL_REMOVED_MS } from "../marks/marks.ts";
import type { Notebook } from "../marks/notebook.ts";
import { PAUSED } from "../worker/queue-pauses.ts";

/** A queue that is to be paused or resumed. */
export interface PausableQueue {
  /** Without prefix. */
  readonly name: string;
  readonly queue: BrokerQueue;
  readonly notebook: Notebook;
}

const REFUSED = {
  feature: "pause",
  message: "cannot pause a queue by itself, and has no notebook to tell workers",
  hint: "Give the app a result store: its notebook carries pauses on every broker.",
};

/** Stops deliveries: by the broker, else by a mark that every worker reads. @throws UnsupportedError where neither can be */
export async function pauseQueue({ name, queue, notebook }: PausableQueue): Promise<void> {
  if (queue.capabilities.pause) return queue.pause();
  await marksOf(notebook).put({ set: PAUSED, name, value: "" }, UNTIL_REMOVED_MS);
}

/** Undoes {@link pauseQueue}. @throws UnsupportedError */
export async function resumeQueue({ name, queue, notebook }: PausableQueue): Promise<void> {
  if (queue.capabilities.pause) return queue.resume();
  await marksOf(notebook).remove(PAUSED, name);
}

/** Whether a mark pauses a queue. */
export async function isPausedByMark(name: string, marks: Marks | undefined): Promise<boolean> {
  const paused = (await marks?.list(PAUSED)) ?? [];
  return paused.some((mark) => mark.name === name);
}

function marksOf({ marks, refuse }: Notebook): Marks {
  if (marks === undefined) throw refuse(REFUSED);
  return marks;
}
