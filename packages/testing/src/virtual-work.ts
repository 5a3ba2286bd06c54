import type { MemoryResults } from "@jobs/adapter-memory";
import { type App, ConfigError, type Observer } from "@jobs/core";
import { DURATION_FORM, parseDuration } from "@jobs/core/config";
import { optionsCheck, optionRules as rule, WORKER_SETTING_RULES } from "@jobs/core/runtime";
import { type JobOutcome, OutcomeLog } from "./outcome-log.ts";
import { type RunOptions, runReady } from "./run-ready.ts";
import { StoredJobs } from "./stored-jobs.ts";
import type { TestWorld } from "./test-world.ts";

const checkRunOptions = optionsCheck<RunOptions>({ ...WORKER_SETTING_RULES, maxRuns: rule.whole(1) });

/** What {@link VirtualWork} works with. */
export interface VirtualWorkParts {
  /** An app on the broker, the clock and the results below. */
  readonly app: App;
  readonly world: TestWorld;
  readonly results: MemoryResults;
  /** Adds an observer of the events of this work. */
  observe(observer: Observer): unknown;
}

/** Runs the jobs of an app on a virtual clock, with the app's own workers. */
export class VirtualWork {
  readonly jobs: StoredJobs;
  readonly #parts: VirtualWorkParts;
  readonly #log: OutcomeLog;
  #runsUnderWay = 0;

  constructor(parts: VirtualWorkParts) {
    this.#parts = parts;
    this.jobs = new StoredJobs(parts.world, parts.app);
    this.#log = new OutcomeLog((id) => parts.results.find(id)?.value);
    parts.observe(this.#log.observe);
  }

  /** The outcome of every run so far, in order of settlement. */
  get outcomes(): readonly JobOutcome[] {
    return this.#log.list;
  }

  /** See `TestApp.runAll`. */
  async runAll(options: RunOptions = {}): Promise<readonly JobOutcome[]> {
    checkRunOptions(options, "runAll");
    const before = this.outcomes.length;
    this.#runsUnderWay++;
    try {
      await runReady(this.#parts.app, this.jobs, options);
    } finally {
      this.#runsUnderWay--;
    }
    return this.outcomes.slice(before);
  }

  /** See `TestApp.advance`. */
  async advance(duration: string | number): Promise<readonly JobOutcome[]> {
    const ms = parseDuration(duration);
    if (ms === undefined)
      throw new ConfigError(`advance takes ms or ${DURATION_FORM}; got ${JSON.stringify(duration)}.`);
    const before = this.outcomes.length;
    if (this.#runsUnderWay > 0) await this.#parts.world.clock.advance(ms);
    else await this.#workThrough(this.#parts.world.clock.monotonic() + ms);
    return this.outcomes.slice(before);
  }

  /** Time moves only while nothing runs: real input and output in a handler takes no virtual time. */
  async #workThrough(until: number): Promise<void> {
    await this.runAll();
    for (let next = this.#nextStop(until); next < until; next = this.#nextStop(until)) {
      await this.#moveTo(next);
      await this.runAll();
    }
    await this.#moveTo(until);
    await this.runAll();
  }

  /** The next moment at which something is due, rounded up to whole ms so that it is really reached. */
  #nextStop(until: number): number {
    const dueAt = this.jobs.nextDueAt;
    return dueAt === undefined ? until : Math.min(until, Math.ceil(dueAt));
  }

  #moveTo(time: number): Promise<void> {
    return this.#parts.world.clock.advance(time - this.#parts.world.clock.monotonic());
  }
}
