import type { TaskSettings } from "../../config/app-config.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { ReportError } from "../../runtime/report-error.ts";
import type { Run } from "../run/run.ts";
import { PauseSwitch } from "./pause-switch.ts";
import { TokenBucket } from "./token-bucket.ts";

/** Settings that limit when a task's jobs may start. */
export type LimitSettings = Pick<
  TaskSettings,
  "concurrency" | "ratePerSecond" | "sharedRatePerSecond" | "isPaused"
>;

/** What a {@link TaskLimit} works with. */
export interface TaskLimitParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly report: ReportError;
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
  readonly #settings: LimitSettings;
  readonly #pause: PauseSwitch;
  readonly #bucket: TokenBucket | undefined;
  #running = 0;

  constructor(task: string, settings: LimitSettings, { clock, logger, report }: TaskLimitParts) {
    this.#settings = settings;
    this.#pause = new PauseSwitch({ task, isPaused: settings.isPaused, clock, logger, report });
    const perSecond = rateOf(settings, 1);
    this.#bucket = Number.isFinite(perSecond) ? new TokenBucket(perSecond, clock) : undefined;
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
  parts: TaskLimitParts,
): ReadonlyMap<string, TaskLimit> {
  const limited = tasks.filter((task) => isLimited(settingsOf(task)));
  return new Map(limited.map((task) => [task, new TaskLimit(task, settingsOf(task), parts)]));
}
