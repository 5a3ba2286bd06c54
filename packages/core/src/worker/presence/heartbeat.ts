import type { CoordinationStore } from "../../coordination/coordination-store.ts";
import type { AppCoordination } from "../../coordination/open-coordination.ts";
import { readRecord } from "../../coordination/read-record.ts";
import type { RunRef } from "../../job/lifecycle.ts";
import type { Cancel, Clock } from "../../runtime/clock.ts";
import { endOf } from "../../runtime/deadline.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { Run } from "../run/run.ts";

/** How many jobs a worker names; a list of thousands would be written every ten seconds. */
const SHOWN_JOBS = 100;

/** A job in a handler. */
export interface RunningJob extends RunRef {
  /** ms since 1970, by the worker's clock. */
  readonly startedAt: number;
}

/** A worker that is alive, as it last told about itself. */
export interface WorkerPresence {
  /** Its identity: `host:pid:random` unless it was given another. */
  readonly worker: string;
  readonly state: "running" | "draining";
  /** Whether it takes jobs: false while draining, while its broker is away, or while all its slots are delayed. */
  readonly isReady: boolean;
  /** Names without prefix. */
  readonly queues: readonly string[];
  /** Jobs in handlers. */
  readonly running: number;
  /** Those jobs, at most {@link SHOWN_JOBS}: who holds which lease. */
  readonly jobs: readonly RunningJob[];
  /** Jobs that are done and hold their slot because their result or the flow's next job does not get through. */
  readonly delayed: number;
  /** Jobs it can run at once. */
  readonly concurrency: number;
  /** Jobs that have left it: succeeded, retried, set aside, postponed or released. */
  readonly settled: number;
  /** The application's own version, where its configuration tells. */
  readonly release?: string;
  /** Version of Node. */
  readonly node: string;
  /** ms since 1970, by its own clock. */
  readonly startedAt: number;
  /** When it told all this. */
  readonly seenAt: number;
}

/** The jobs among these runs whose handlers are at work. */
export function runningJobs(runs: Iterable<Run>, clock: Clock): readonly RunningJob[] {
  const jobs: RunningJob[] = [];
  const monotonicAt = clock.now() - clock.monotonic();
  for (const run of runs) {
    if (jobs.length === SHOWN_JOBS) break;
    if (run.state === "running")
      jobs.push({ ...run.ref, startedAt: Math.round(run.startedAt + monotonicAt) });
  }
  return jobs;
}

/** The set of marks that workers write themselves into. */
const WORKERS = "workers";

/** How often a worker tells that it is there, in ms. */
const HEARTBEAT_MS = 10_000;

/** A worker that has not told for so long is gone, in ms. */
const FORGOTTEN_AFTER_MS = 3 * HEARTBEAT_MS;

/** The last word of a worker must not hold up its end, in ms. */
const FAREWELL_TIMEOUT_MS = 1_000;

/** Tells others that a worker is there. */
export interface Heartbeat {
  /** Tells it now, and again and again. */
  begin(): void;
  /** Something worth knowing has changed. */
  tell(): void;
  /** The worker is gone. Resolves within a second. */
  end(): Promise<void>;
}

/** What a {@link Heartbeat} works with. */
export interface HeartbeatParts {
  /** Nothing is told where there is no coordination store. */
  readonly coordination: CoordinationStore | undefined;
  readonly runtime: Runtime;
  describe(): WorkerPresence;
  /** Hears who is there, itself included, whenever it tells; left out where nobody wants to know. */
  readonly onWorkers?: ((workers: readonly WorkerPresence[]) => void) | undefined;
}

/** Creates a {@link Heartbeat}. What goes wrong here is logged once and changes nothing for the worker. */
export function createHeartbeat({ coordination, runtime, describe, onWorkers }: HeartbeatParts): Heartbeat {
  const { clock, report } = runtime;
  let cancelNext: Cancel = () => {};
  let hasFailed = false;
  let waiting = 0;
  /** One after the other: a late word must not arrive after the last one. */
  let told = Promise.resolve();

  function after(write: (appCoordination: CoordinationStore) => Promise<void>): void {
    if (coordination === undefined) return;
    waiting++;
    told = told
      .then(() => write(coordination))
      .then(succeeded, failed)
      .finally(() => waiting--);
  }

  function succeeded(): void {
    hasFailed = false;
  }

  function failed(error: unknown): void {
    const message = "the list of workers cannot be written; the worker goes on";
    if (!hasFailed) report({ source: "store", err: error }, message);
    hasFailed = true;
  }

  const heartbeat: Heartbeat = {
    begin() {
      if (waiting === 0) heartbeat.tell();
      if (coordination !== undefined) cancelNext = clock.schedule(HEARTBEAT_MS, heartbeat.begin);
    },
    tell() {
      const described = describe();
      const mark = { set: WORKERS, name: described.worker, value: JSON.stringify(described) };
      after(async (appCoordination) => {
        await appCoordination.put(mark, FORGOTTEN_AFTER_MS);
        onWorkers?.(await readWorkers(appCoordination));
      });
    },
    end() {
      cancelNext();
      const { worker } = describe();
      after((appCoordination) => appCoordination.remove(WORKERS, worker));
      return endOf(clock, FAREWELL_TIMEOUT_MS, told);
    },
  };
  return heartbeat;
}

/**
 * The workers that are alive, by identity. One that was killed is listed for half a minute more.
 * @throws UnsupportedError where neither a result store nor the broker has a coordination store.
 */
export async function listWorkers({
  coordination,
  refuse,
}: AppCoordination): Promise<readonly WorkerPresence[]> {
  if (coordination === undefined) {
    const hint = "Give the app a result store, or ask the supervisor that starts the workers.";
    throw refuse({ feature: "workers", message: "cannot tell who is at work", hint });
  }
  return readWorkers(coordination);
}

async function readWorkers(coordination: CoordinationStore): Promise<readonly WorkerPresence[]> {
  return (await coordination.list(WORKERS)).map(({ name, value }) =>
    readRecord(value, `what worker ${name} tells of itself`, (told) => "worker" in told && "queues" in told),
  );
}
