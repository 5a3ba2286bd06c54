import type { TaskSettings } from "../config/app-config.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Run } from "./run.ts";
import { TokenBucket } from "./token-bucket.ts";

/** How often a function that tells whether to pause is asked, in ms. */
const PAUSE_LOOK_MS = 1_000;

/** Settings that limit when a task's jobs may start. */
export type LimitSettings = Pick<
  TaskSettings,
  "concurrency" | "ratePerSecond" | "sharedRatePerSecond" | "isPaused"
>;

/** What a {@link TaskLimit} works with. */
export interface TaskLimitParts {
  readonly clock: Clock;
  readonly logger: Logger;
}

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
  readonly #task: string;
  readonly #settings: LimitSettings;
  readonly #bucket: TokenBucket | undefined;
  readonly #logger: Logger;
  #running = 0;
  #hasFailed = false;

  constructor(task: string, settings: LimitSettings, { clock, logger }: TaskLimitParts) {
    this.#task = task;
    this.#settings = settings;
    this.#logger = logger;
    const perSecond = rateOf(settings, 1);
    this.#bucket = Number.isFinite(perSecond) ? new TokenBucket(perSecond, clock) : undefined;
  }

  get isPaused(): boolean {
    const { isPaused } = this.#settings;
    return typeof isPaused === "function" ? this.#ask(isPaused) : isPaused;
  }

  /** How many could start now. */
  get places(): number {
    if (this.isPaused) return 0;
    const free = this.#settings.concurrency - this.#running;
    return Math.max(0, Math.min(free, this.#bucket?.available ?? free));
  }

  /** When to look again although nothing has ended, in ms from now; `Infinity` where only an end makes room. */
  get nextLookMs(): number {
    const { isPaused, concurrency } = this.#settings;
    const pauseMs = typeof isPaused === "function" && this.isPaused ? PAUSE_LOOK_MS : 0;
    if (pauseMs === 0 && (isPaused === true || this.#running >= concurrency)) return Number.POSITIVE_INFINITY;
    return Math.max(pauseMs, this.#bucket?.waitMs ?? 0);
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

  /** A question that fails is answered with yes: whoever asks for a pause has a reason. Told once, until it works again. */
  #ask(isPaused: () => boolean): boolean {
    try {
      const answer = isPaused();
      this.#hasFailed = false;
      return answer;
    } catch (error) {
      if (!this.#hasFailed)
        this.#logger.error(
          { err: error, task: this.#task },
          "isPaused threw; the task is paused until it answers",
        );
      this.#hasFailed = true;
      return true;
    }
  }
}

/** The limits of those tasks that have any, by name. */
export function createTaskLimits(
  tasks: readonly string[],
  settingsOf: (task: string) => LimitSettings,
  parts: TaskLimitParts,
): ReadonlyMap<string, TaskLimit> {
  const limited = tasks.filter((task) => isLimited(settingsOf(task)));
  return new Map(limited.map((task) => [task, new TaskLimit(task, settingsOf(task), parts)]));
}
