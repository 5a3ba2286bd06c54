import type { Figures, Unit } from "../harness/bench-case.ts";
import type { MeasuredBroker, Stage } from "./contender.ts";

/** The units of {@link Consumed}. */
export function consumeUnits(stage: Stage): Readonly<Record<string, Unit>> {
  return { consume: "jobs/s", "CPU of Node a job": "µs", ...serverUnit(stage) };
}

/** What a worker does, and what it uses for a job. A broker with processes of its own has a figure for them too. */
export type Consumed = Figures & { readonly consume: number; readonly "CPU of Node a job": number };

/** How many jobs count, and how many come before them. */
export interface Metered {
  readonly jobs: number;
  /** The measurement begins with the run of this job. 0: with the call. */
  readonly warmUp: number;
}

/**
 * Measures jobs that run in this process. It begins when most code is compiled, as in a process that has run for a while.
 * The engine needs some ten thousand jobs for that.
 */
export class JobMeter {
  readonly #stage: Stage;
  readonly #metered: Metered;
  #broker: MeasuredBroker | undefined;
  #runs = 0;
  #startedAt = 0;
  #cpu: NodeJS.CpuUsage | undefined;
  #serverMs: number | Promise<number> = 0;

  constructor(stage: Stage, metered: Metered) {
    this.#stage = stage;
    this.#metered = metered;
  }

  /** Each run of a job calls it. */
  ran(): void {
    if (++this.#runs === this.#metered.warmUp) this.#begin();
  }

  /** `work` runs all jobs, those of the warm-up too. None may run before. */
  async measure(broker: MeasuredBroker, work: () => Promise<unknown>): Promise<Consumed> {
    const { jobs, warmUp } = this.#metered;
    this.#broker = broker;
    if (warmUp === 0) this.#begin();
    await work();
    const tookMs = performance.now() - this.#startedAt;
    if (this.#cpu === undefined) throw new Error(`only ${this.#runs} jobs have run: fewer than the warm-up.`);
    const { user, system } = process.cpuUsage(this.#cpu);
    return {
      consume: (jobs / tookMs) * 1_000,
      "CPU of Node a job": (user + system) / jobs,
      ...(await serverFigure(this.#stage, broker, await this.#serverMs, jobs)),
    };
  }

  #begin(): void {
    this.#serverMs = this.#broker?.cpuMs() ?? 0;
    this.#cpu = process.cpuUsage();
    this.#startedAt = performance.now();
  }
}

/** The unit of {@link serverFigure}. */
export function serverUnit({ server }: Stage): Readonly<Record<string, Unit>> {
  return server === undefined ? {} : { [`CPU of ${server} a job`]: "µs" };
}

/** Processor time of the broker's processes for a job, since they had used `beforeMs`. */
export async function serverFigure(
  { server }: Stage,
  broker: MeasuredBroker,
  beforeMs: number,
  jobs: number,
): Promise<Figures> {
  if (server === undefined) return {};
  return { [`CPU of ${server} a job`]: (((await broker.cpuMs()) - beforeMs) * 1_000) / jobs };
}
