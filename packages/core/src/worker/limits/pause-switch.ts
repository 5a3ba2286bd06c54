import type { Clock } from "../../runtime/clock.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { ReportError } from "../../runtime/report-error.ts";

/** How often a function that tells whether to pause is asked, in ms: it may look at a file or a flag. */
const LOOK_MS = 1_000;

/** What a {@link PauseSwitch} works with. */
export interface PauseParts {
  /** For the log. */
  readonly task: string;
  readonly isPaused: boolean | (() => boolean);
  readonly clock: Clock;
  readonly logger: Logger;
  readonly report: ReportError;
}

/** Whether the jobs of a task are left where they are. */
export class PauseSwitch {
  readonly #parts: PauseParts;
  #answer = false;
  #askedAt = Number.NEGATIVE_INFINITY;
  #hasFailed = false;

  constructor(parts: PauseParts) {
    this.#parts = parts;
  }

  get isOn(): boolean {
    const { isPaused, clock } = this.#parts;
    if (typeof isPaused !== "function") return isPaused;
    const now = clock.monotonic();
    if (now - this.#askedAt >= LOOK_MS) {
      this.#askedAt = now;
      this.#answer = this.#ask(isPaused);
    }
    return this.#answer;
  }

  /** When the answer may be another one, in ms from now. */
  get nextLookMs(): number {
    const { isPaused, clock } = this.#parts;
    if (typeof isPaused !== "function") return Number.POSITIVE_INFINITY;
    return Math.max(0, this.#askedAt + LOOK_MS - clock.monotonic());
  }

  /** A question that fails is answered with yes: whoever asks for a pause has a reason. Told once, until it works again. */
  #ask(isPaused: () => boolean): boolean {
    const { task, logger, report } = this.#parts;
    try {
      const answer = isPaused();
      this.#hasFailed = false;
      return answer;
    } catch (error) {
      if (!this.#hasFailed) {
        const message = "isPaused threw; the task is paused until it answers";
        report({ source: "hook", err: error, task }, message, logger.error);
      }
      this.#hasFailed = true;
      return true;
    }
  }
}
