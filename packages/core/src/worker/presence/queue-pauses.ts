import type { CoordinationStore } from "../../coordination/coordination-store.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { type CoordinationWatch, watchCoordination } from "./coordination-watch.ts";

/** The set of marks by which queues are paused whose broker cannot do it; the name of a mark is the queue's, without prefix. */
export const PAUSED = "paused";

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
