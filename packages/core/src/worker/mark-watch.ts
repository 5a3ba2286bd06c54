import type { Mark, Marks } from "../marks/marks.ts";
import type { Cancel } from "../runtime/clock.ts";
import { endOf } from "../runtime/deadline.ts";
import type { Runtime } from "../runtime/runtime.ts";

/** How often a worker looks at what it was told, in ms. */
const LOOK_MS = 2_000;

/** A notebook that does not answer must not hold up a worker's start for longer, in ms. */
const FIRST_LOOK_MS = 5_000;

/** Reads one set of marks again and again, for a whole worker. */
export interface MarkWatch {
  /** Looks for the first time, and then every two seconds. Never rejects. */
  begin(): Promise<void>;
  /** Looks no more. */
  end(): void;
}

/** What a {@link MarkWatch} reads and tells. */
export interface MarkWatchParts {
  /** Nothing is read where there is no notebook. */
  readonly marks: Marks | undefined;
  readonly set: string;
  readonly runtime: Runtime;
  /** Called after each look. */
  onLook(marks: readonly Mark[]): void;
}

/** Creates a {@link MarkWatch}. While the notebook does not answer, what was read last holds. */
export function watchMarks({ marks, set, runtime, onLook }: MarkWatchParts): MarkWatch {
  const { clock, report } = runtime;
  let hasFailed = false;
  let hasEnded = false;
  let cancelNext: Cancel = () => {};

  async function look(notebook: Marks): Promise<void> {
    try {
      onLook(await notebook.list(set));
      hasFailed = false;
    } catch (error) {
      const message = `what was ${set} cannot be read; the worker goes on`;
      if (!hasFailed) report({ source: "store", err: error }, message);
      hasFailed = true;
    }
    if (!hasEnded) cancelNext = clock.schedule(LOOK_MS, () => void look(notebook));
  }

  return {
    async begin() {
      if (marks === undefined) return;
      await endOf(clock, FIRST_LOOK_MS, look(marks));
    },
    end() {
      hasEnded = true;
      cancelNext();
    },
  };
}
