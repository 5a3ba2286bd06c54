import type { TaskSettings } from "../../config/app-config.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { predicateAnswer } from "../../task/predicate-answer.ts";

/** How often a pause function is called, in ms: it may read a file or a flag. */
const CHECK_MS = 1_000;

type PauseRuntime = Pick<Runtime, "clock" | "logger" | "report">;

/** Whether the jobs of a task stay in the queue. */
export class TaskPause {
  readonly #task: string;
  readonly #isPaused: TaskSettings["isPaused"];
  readonly #runtime: PauseRuntime;
  #answer = false;
  #askedAt = Number.NEGATIVE_INFINITY;
  #hasFailed = false;

  constructor(task: string, isPaused: TaskSettings["isPaused"], runtime: PauseRuntime) {
    this.#task = task;
    this.#isPaused = isPaused;
    this.#runtime = runtime;
  }

  /** Whether it is paused now. */
  get isOn(): boolean {
    const isPaused = this.#isPaused;
    if (typeof isPaused !== "function") return isPaused;
    const now = this.#runtime.clock.monotonic();
    if (now - this.#askedAt >= CHECK_MS) {
      this.#askedAt = now;
      this.#answer = this.#ask(isPaused);
    }
    return this.#answer;
  }

  /** Time until the answer may change, in ms. */
  get nextCheckMs(): number {
    if (typeof this.#isPaused !== "function") return Number.POSITIVE_INFINITY;
    return Math.max(0, this.#askedAt + CHECK_MS - this.#runtime.clock.monotonic());
  }

  /** A function that throws or gives no answer means a pause, which is safer. Logged once until it works again. */
  #ask(isPaused: () => boolean): boolean {
    const { logger, report } = this.#runtime;
    try {
      const answer = predicateAnswer(isPaused(), "isPaused");
      this.#hasFailed = false;
      return answer;
    } catch (error) {
      if (!this.#hasFailed) {
        const message = "isPaused gave no answer; the task is paused until it does";
        report({ source: "hook", err: error, task: this.#task }, message, logger.error);
      }
      this.#hasFailed = true;
      return true;
    }
  }
}
