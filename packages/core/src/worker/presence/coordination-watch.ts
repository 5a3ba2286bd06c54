import type { CoordinationEntry, CoordinationStore } from "../../coordination/coordination-store.ts";
import type { Cancel } from "../../runtime/clock.ts";
import { endOf } from "../../runtime/deadline.ts";
import type { Runtime } from "../../runtime/runtime.ts";

/** How often a worker looks at what it was told, in ms. */
const LOOK_MS = 2_000;

/** A coordination store that does not answer must not hold up a worker's start for longer, in ms. */
const FIRST_LOOK_MS = 5_000;

/** Reads one set of marks again and again, for a whole worker. */
export interface CoordinationWatch {
  /** Looks for the first time, and then every two seconds. Never rejects. */
  begin(): Promise<void>;
  /** Looks no more. */
  end(): void;
}

/** What a {@link CoordinationWatch} reads and tells. */
export interface CoordinationWatchParts {
  /** Nothing is read where there is no coordination store. */
  readonly coordination: CoordinationStore | undefined;
  readonly set: string;
  readonly runtime: Runtime;
  /** Called after each look. */
  onLook(coordination: readonly CoordinationEntry[]): void;
}

/** Creates a {@link CoordinationWatch}. While the coordination store does not answer, what was read last holds. */
export function watchCoordination({
  coordination,
  set,
  runtime,
  onLook,
}: CoordinationWatchParts): CoordinationWatch {
  const { clock, report } = runtime;
  let hasFailed = false;
  let hasEnded = false;
  let cancelNext: Cancel = () => {};

  async function look(appCoordination: CoordinationStore): Promise<void> {
    try {
      onLook(await appCoordination.list(set));
      hasFailed = false;
    } catch (error) {
      const message = `what was ${set} cannot be read; the worker goes on`;
      if (!hasFailed) report({ source: "store", err: error }, message);
      hasFailed = true;
    }
    if (!hasEnded) cancelNext = clock.schedule(LOOK_MS, () => void look(appCoordination));
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
