import type { TaskSettings } from "../../config/app-config.ts";
import type { Cancel, Clock } from "../../runtime/clock.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { Run } from "../run/run.ts";
import { TaskPause } from "./task-pause.ts";
import { TokenBucket } from "./token-bucket.ts";

/** Whether a run may start now, waits in its slot, or must go back because its task is paused. */
export type StartAnswer = "now" | "later" | "paused";

/** The most waiting jobs that a {@link TaskLimitState} names. */
const NAMED_JOBS = 20;

const NONE: readonly Run[] = [];

/** The limits of one task in one worker, and how far they are used. */
export interface TaskLimitState {
  readonly task: string;
  /** Whether its setting leaves its jobs in the queue. */
  readonly isPaused: boolean;
  /** Its jobs that have started within the limit and not ended. */
  readonly running: number;
  /** The most of them at once; left out for no limit. */
  readonly concurrency?: number;
  /** Starts per second that this worker has; left out for no limit. */
  readonly ratePerSecond?: number;
  /** The next start that the rate allows, in ms since 1970. Only while the rate is used up. */
  readonly nextStartAt?: number;
  /** Ids of leased jobs that wait for the limit in this worker, at most {@link NAMED_JOBS}. */
  readonly waiting: readonly string[];
}

/**
 * Applies the limits of tasks to runs. If all tasks of a queue are limited, no more messages are received than can
 * start. If a limited task shares its queue with others, its waiting runs keep slot and lease.
 */
export class TaskLimiter {
  readonly #limits: ReadonlyMap<string, TaskLimit>;
  readonly #clock: Clock;
  readonly #wake: () => void;
  readonly #reached: () => void;
  /** Runs that have started within a limit, by their limit. */
  readonly #started = new Map<Run, TaskLimit>();
  #cancelAlarm: Cancel | undefined;
  #alarmAt = Number.POSITIVE_INFINITY;

  constructor(
    tasks: readonly string[],
    settingsOf: (task: string) => LimitSettings,
    runtime: LimitRuntime,
    { wake, reached = () => {} }: LimiterOwner,
  ) {
    this.#limits = createTaskLimits(tasks, settingsOf, runtime);
    this.#clock = runtime.clock;
    this.#wake = wake;
    this.#reached = reached;
  }

  /** The state of each limit, for other processes. */
  states(): readonly TaskLimitState[] {
    return [...this.#limits.values()].map((limit) => limit.describe(this.#clock.now()));
  }

  /** How many jobs of a queue with these tasks could start now. */
  room(tasks: readonly string[]): number {
    let room = 0;
    for (const task of tasks) {
      const limit = this.#limits.get(task);
      if (limit === undefined) return Number.POSITIVE_INFINITY;
      const free = Math.max(0, limit.free - limit.waiting.length);
      if (free === 0) this.#checkLater(limit);
      room += free;
    }
    return tasks.length === 0 ? Number.POSITIVE_INFINITY : room;
  }

  /** Sets the number of workers that serve the queue of these tasks. */
  setWorkers(tasks: readonly string[], workers: number): void {
    for (const task of tasks) this.#limits.get(task)?.setWorkers(workers);
  }

  /** Whether all of these tasks are paused. */
  isPaused(tasks: readonly string[]): boolean {
    return tasks.length > 0 && tasks.every((task) => this.#limits.get(task)?.isPaused ?? false);
  }

  /** Starts a run within the limit of its task, or lets it wait. A run that has started may continue. */
  tryStart(run: Run): StartAnswer {
    const limit = this.#limits.get(run.task);
    if (limit === undefined || this.#started.has(run)) return "now";
    if (limit.isPaused) return "paused";
    if (limit.waiting.length === 0 && limit.free > 0) {
      this.#start(run, limit);
      return "now";
    }
    limit.waiting.push(run);
    this.#checkLater(limit);
    return "later";
  }

  /** A run has ended, so the next one may start. */
  ended(run: Run): void {
    if (this.#started.size === 0) return;
    this.#started.get(run)?.ended();
    this.#started.delete(run);
  }

  /** Removes a waiting run; `false` when it does not wait. */
  stopWaiting(run: Run): boolean {
    const waiting = this.#limits.get(run.task)?.waiting ?? [];
    const index = waiting.indexOf(run);
    if (index >= 0) waiting.splice(index, 1);
    return index >= 0;
  }

  /** Takes the waiting runs that may start now. Asked for at each turn, so it costs nothing where nothing is limited. */
  startable(): Iterable<Run> {
    return this.#limits.size === 0 ? NONE : this.#takeStartable();
  }

  *#takeStartable(): Generator<Run, void> {
    for (const limit of this.#limits.values()) {
      while (limit.free > 0 || limit.isPaused) {
        const run = limit.waiting.shift();
        if (run === undefined) break;
        // Waiting runs of a paused task learn of the pause when they try to start again.
        if (!limit.isPaused) this.#start(run, limit);
        yield run;
      }
      if (limit.waiting.length > 0) this.#checkLater(limit);
    }
  }

  /** Removes all waiting runs, which will not start here. */
  *removeWaiting(): Generator<Run, void> {
    for (const { waiting } of this.#limits.values()) yield* waiting.splice(0);
    this.stop();
  }

  stop(): void {
    this.#cancelAlarm?.();
  }

  #start(run: Run, limit: TaskLimit): void {
    limit.take();
    this.#started.set(run, limit);
  }

  /** Checks again when time may allow a start; one timer for all. */
  #checkLater(limit: TaskLimit): void {
    this.#reached();
    const inMs = limit.nextCheckMs;
    const at = this.#clock.monotonic() + inMs;
    if (at >= this.#alarmAt) return;
    this.#cancelAlarm?.();
    this.#alarmAt = at;
    this.#cancelAlarm = this.#clock.schedule(inMs, () => {
      this.#alarmAt = Number.POSITIVE_INFINITY;
      this.#wake();
    });
  }
}

/** The worker of a {@link TaskLimiter}. */
interface LimiterOwner {
  /** Called when time allows another start. */
  wake(): void;
  /** Called while a limit keeps a job from its start, perhaps often. */
  reached?(): void;
}

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

/** Whether workers need to know each other for this limit. */
export function isRateShared({ sharedRatePerSecond }: Pick<LimitSettings, "sharedRatePerSecond">): boolean {
  return Number.isFinite(sharedRatePerSecond);
}

/** The own rate, or the share of the common one if that is less. */
function rateOf({ ratePerSecond, sharedRatePerSecond }: LimitSettings, workers: number): number {
  return Math.min(ratePerSecond, sharedRatePerSecond / workers);
}

/** The limit of one task's starts, and the runs that wait for one. */
class TaskLimit {
  /** Runs with a lease and a slot that wait for the limit, in order of arrival. */
  readonly waiting: Run[] = [];
  readonly #task: string;
  readonly #settings: LimitSettings;
  readonly #pause: TaskPause;
  readonly #bucket: TokenBucket | undefined;
  #running = 0;

  constructor(task: string, settings: LimitSettings, runtime: LimitRuntime) {
    this.#task = task;
    this.#settings = settings;
    this.#pause = new TaskPause(task, settings.isPaused, runtime);
    const perSecond = rateOf(settings, 1);
    this.#bucket = Number.isFinite(perSecond) ? new TokenBucket(perSecond, runtime.clock) : undefined;
  }

  get isPaused(): boolean {
    return this.#pause.isOn;
  }

  /** How many could start now. */
  get free(): number {
    if (this.isPaused) return 0;
    const free = this.#settings.concurrency - this.#running;
    return Math.max(0, Math.min(free, this.#bucket?.available ?? free));
  }

  /** Time until the next check without an ended run, in ms; `Infinity` when only an ended run allows another. */
  get nextCheckMs(): number {
    if (this.isPaused) return this.#pause.nextCheckMs;
    if (this.#running >= this.#settings.concurrency) return Number.POSITIVE_INFINITY;
    return this.#bucket?.waitMs ?? 0;
  }

  /** Sets the number of workers that share the common rate. */
  setWorkers(workers: number): void {
    if (this.#bucket !== undefined) this.#bucket.perSecond = rateOf(this.#settings, workers);
  }

  /** One more run starts; check `free` before. */
  take(): void {
    this.#running++;
    this.#bucket?.take();
  }

  /** One run less. */
  ended(): void {
    this.#running--;
  }

  describe(now: number): TaskLimitState {
    const { concurrency } = this.#settings;
    const waitMs = this.#bucket?.waitMs ?? 0;
    return {
      task: this.#task,
      isPaused: this.isPaused,
      running: this.#running,
      ...(Number.isFinite(concurrency) ? { concurrency } : {}),
      ...(this.#bucket === undefined ? {} : { ratePerSecond: this.#bucket.perSecond }),
      ...(waitMs === 0 ? {} : { nextStartAt: Math.round(now + waitMs) }),
      waiting: this.waiting.slice(0, NAMED_JOBS).map(({ ref }) => ref.id),
    };
  }
}

/** The limits of those tasks that have any, by name. */
function createTaskLimits(
  tasks: readonly string[],
  settingsOf: (task: string) => LimitSettings,
  runtime: LimitRuntime,
): ReadonlyMap<string, TaskLimit> {
  const limited = tasks.filter((task) => isLimited(settingsOf(task)));
  return new Map(limited.map((task) => [task, new TaskLimit(task, settingsOf(task), runtime)]));
}
