import type { TaskSettings } from "../../config/app-config.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { Run } from "../run/run.ts";
import { TokenBucket } from "./token-bucket.ts";

/** Settings that limit when a task's jobs may start. */
type LimitSettings = Pick<TaskSettings, "concurrency" | "ratePerSecond" | "sharedRatePerSecond" | "isPaused">;

type LimitRuntime = Pick<Runtime, "clock" | "logger" | "report">;

function isLimited(settings: LimitSettings): boolean {
  return (
    Number.isFinite(settings.concurrency) ||
    Number.isFinite(rateOf(settings, 1)) ||
    settings.isPaused !== false
  );
}

/** Whether workers have to know of each other to keep to it. */
export function isRateShared({ sharedRatePerSecond }: Pick<LimitSettings, "sharedRatePerSecond">): boolean {
  return Number.isFinite(sharedRatePerSecond);
}

/** The own rate, or the share of the common one where that is less. */
function rateOf({ ratePerSecond, sharedRatePerSecond }: LimitSettings, workers: number): number {
  return Math.min(ratePerSecond, sharedRatePerSecond / workers);
}

/** How many jobs of one task may start now, and those that wait for their turn. */
export class TaskLimit {
  /** Runs that hold a lease and a slot, but not a place yet; first come, first served. */
  readonly line: Run[] = [];
  readonly #settings: LimitSettings;
  readonly #pause: PauseSwitch;
  readonly #bucket: TokenBucket | undefined;
  #running = 0;

  constructor(task: string, settings: LimitSettings, runtime: LimitRuntime) {
    this.#settings = settings;
    this.#pause = new PauseSwitch(task, settings.isPaused, runtime);
    const perSecond = rateOf(settings, 1);
    this.#bucket = Number.isFinite(perSecond) ? new TokenBucket(perSecond, runtime.clock) : undefined;
  }

  get isPaused(): boolean {
    return this.#pause.isOn;
  }

  /** How many could start now. */
  get places(): number {
    if (this.isPaused) return 0;
    const free = this.#settings.concurrency - this.#running;
    return Math.max(0, Math.min(free, this.#bucket?.available ?? free));
  }

  /** When to look again although nothing has ended, in ms from now; `Infinity` where only an end makes room. */
  get nextLookMs(): number {
    if (this.isPaused) return this.#pause.nextLookMs;
    if (this.#running >= this.#settings.concurrency) return Number.POSITIVE_INFINITY;
    return this.#bucket?.waitMs ?? 0;
  }

  /** So many workers share what is common to all. */
  share(workers: number): void {
    if (this.#bucket !== undefined) this.#bucket.perSecond = rateOf(this.#settings, workers);
  }

  /** Takes a place; asked for before with `places`. */
  take(): void {
    this.#running++;
    this.#bucket?.take();
  }

  /** Gives a place back. */
  leave(): void {
    this.#running--;
  }
}

/** The limits of those tasks that have any, by name. */
export function createTaskLimits(
  tasks: readonly string[],
  settingsOf: (task: string) => LimitSettings,
  runtime: LimitRuntime,
): ReadonlyMap<string, TaskLimit> {
  const limited = tasks.filter((task) => isLimited(settingsOf(task)));
  return new Map(limited.map((task) => [task, new TaskLimit(task, settingsOf(task), runtime)]));
}

/** How often a function that tells whether to pause is asked, in ms: it may look at a file or a flag. */
const LOOK_MS = 1_000;

/** Whether the jobs of a task are left where they are. */
class PauseSwitch {
  readonly #task: string;
  readonly #isPaused: LimitSettings["isPaused"];
  readonly #runtime: LimitRuntime;
  #answer = false;
  #askedAt = Number.NEGATIVE_INFINITY;
  #hasFailed = false;

  constructor(task: string, isPaused: LimitSettings["isPaused"], runtime: LimitRuntime) {
    this.#task = task;
    this.#isPaused = isPaused;
    this.#runtime = runtime;
  }

  get isOn(): boolean {
    const isPaused = this.#isPaused;
    if (typeof isPaused !== "function") return isPaused;
    const now = this.#runtime.clock.monotonic();
    if (now - this.#askedAt >= LOOK_MS) {
      this.#askedAt = now;
      this.#answer = this.#ask(isPaused);
    }
    return this.#answer;
  }

  /** When the answer may be another one, in ms from now. */
  get nextLookMs(): number {
    if (typeof this.#isPaused !== "function") return Number.POSITIVE_INFINITY;
    return Math.max(0, this.#askedAt + LOOK_MS - this.#runtime.clock.monotonic());
  }

  /** A question that fails is answered with yes: whoever asks for a pause has a reason. Told once, until it works again. */
  #ask(isPaused: () => boolean): boolean {
    const { logger, report } = this.#runtime;
    try {
      const answer = isPaused();
      this.#hasFailed = false;
      return answer;
    } catch (error) {
      if (!this.#hasFailed) {
        const message = "isPaused threw; the task is paused until it answers";
        report({ source: "hook", err: error, task: this.#task }, message, logger.error);
      }
      this.#hasFailed = true;
      return true;
    }
  }
}
