import type { CoordinationStore } from "../../coordination/coordination-store.ts";
import type { AppCoordination } from "../../coordination/open-coordination.ts";
import { readRecord } from "../../coordination/read-record.ts";
import type { Envelope } from "../../envelope/envelope.ts";
import type { RunRef } from "../../job/lifecycle.ts";
import type { Cancel, Clock } from "../../runtime/clock.ts";
import { endOf } from "../../runtime/deadline.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { schemaDigest } from "../../task/schema-digest.ts";
import type { Task } from "../../task/task.ts";
import type { TaskLimitState } from "../limits/task-limiter.ts";
import type { Run } from "../run/run.ts";

/** The most jobs in a heartbeat; a longer list would be written every ten seconds. */
const SHOWN_JOBS = 100;

/** The most tasks and limits in a heartbeat, for the same reason. */
const SHOWN_TASKS = 100;

/** A task that a worker runs. */
export interface AnnouncedTask {
  readonly name: string;
  /** Fingerprint of its signature, as in envelopes. */
  readonly sig: string;
  /** Digest of the JSON Schema of its parameters. Left out by workers of an earlier release. */
  readonly schema?: string;
  /** Version of its parameters; left out for 1. */
  readonly version?: number;
  /** Earlier versions whose jobs it runs too; left out for none. */
  readonly from?: readonly AnnouncedVersion[];
  /** Earlier names that its jobs may have; left out for none. */
  readonly aliases?: readonly string[];
}

/** An earlier version of a task's parameters. */
export interface AnnouncedVersion {
  readonly version: number;
  /** Fingerprint of its signature. */
  readonly sig: string;
}

/** A job in a handler. */
export interface RunningJob extends RunRef {
  /** ms since 1970, by the worker's clock. */
  readonly startedAt: number;
}

/** A living worker, from its last heartbeat. */
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
  /** Done jobs that occupy their slot because their result or next job cannot be stored yet. */
  readonly delayed: number;
  /** Jobs it can run at once. */
  readonly concurrency: number;
  /** Tasks with a handler there, at most {@link SHOWN_TASKS}. Left out by workers of an earlier release. */
  readonly tasks?: readonly AnnouncedTask[];
  /** Whether it has more tasks or limits than it shows. Left out for no. */
  readonly hasMoreTasks?: true;
  /** The state of its tasks' limits, at most {@link SHOWN_TASKS}; left out for none. */
  readonly limits?: readonly TaskLimitState[];
  /** Jobs that have left it: succeeded, retried, dead, cancelled, postponed or released. */
  readonly settled: number;
  /** The application's version, if its configuration names one. */
  readonly release?: string;
  /** Version of Node. */
  readonly node: string;
  /** ms since 1970, by its own clock. */
  readonly startedAt: number;
  /** When this heartbeat was written, in ms since 1970 by its own clock. */
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

/** What a worker says of its tasks and their limits. */
export function announceTasks(
  tasks: readonly Task[],
  limits: readonly TaskLimitState[],
): Pick<WorkerPresence, "tasks" | "hasMoreTasks" | "limits"> {
  return {
    tasks: tasks.slice(0, SHOWN_TASKS).map(announceTask),
    ...(Math.max(tasks.length, limits.length) > SHOWN_TASKS ? { hasMoreTasks: true } : {}),
    ...(limits.length === 0 ? {} : { limits: limits.slice(0, SHOWN_TASKS) }),
  };
}

/** What a worker says of one task. */
export function announceTask({ name, signature, options, versions }: Task): AnnouncedTask {
  const { aliases = [], version } = options;
  const from = (versions?.old ?? []).map((old) => ({ version: old.version, sig: old.signature.fingerprint }));
  return {
    name,
    sig: signature.fingerprint,
    schema: schemaDigest(signature),
    ...(version === undefined ? {} : { version }),
    ...(from.length === 0 ? {} : { from }),
    ...(aliases.length === 0 ? {} : { aliases }),
  };
}

/** Whether an announced task has the version and the names of a job, today or in an earlier version. */
export function announcesForm(
  { sig, version = 1, from = [] }: AnnouncedTask,
  job: Pick<Envelope, "sig" | "taskVersion">,
): boolean {
  if (job.taskVersion === undefined) return [{ sig }, ...from].some((form) => form.sig === job.sig);
  return [{ version }, ...from].some((form) => form.version === job.taskVersion);
}

/** The set of entries of workers. */
const WORKERS = "workers";

/** How often a worker writes its entry, in ms. */
export const HEARTBEAT_MS = 10_000;

/** After this time without an entry a worker counts as gone, in ms. */
const FORGOTTEN_AFTER_MS = 3 * HEARTBEAT_MS;

/** After this time a limit that was reached is written, in ms, unless it is free again by then. */
const LIMIT_WRITE_MS = 2_000;

/** How long removing the entry may delay the end of a worker, in ms. */
const FAREWELL_TIMEOUT_MS = 1_000;

/** Announces a worker to others. */
export interface Heartbeat {
  /** Writes the entry now, and then regularly. */
  begin(): void;
  /** Writes the entry after a change. */
  write(): void;
  /** Writes the entry after two seconds if other limits of tasks are reached then. May be called often. */
  writeSoon(): void;
  /** Removes the entry. Resolves within a second. */
  end(): Promise<void>;
}

/** The coordination store of a {@link Heartbeat}, and what it writes there. */
export interface HeartbeatParts {
  /** Without a coordination store nothing is written. */
  readonly coordination: CoordinationStore | undefined;
  readonly runtime: Runtime;
  describe(): WorkerPresence;
  /** Called with all living workers after each heartbeat. */
  readonly onWorkers?: ((workers: readonly WorkerPresence[]) => void) | undefined;
}

/** Creates a {@link Heartbeat}. Errors are logged once and do not affect the worker. */
export function createHeartbeat({ coordination, runtime, describe, onWorkers }: HeartbeatParts): Heartbeat {
  const { clock, report } = runtime;
  let cancelNext: Cancel = () => {};
  let cancelSoon: Cancel | undefined;
  let hasFailed = false;
  let hasEnded = false;
  let waiting = 0;
  /** The limits that the last entry shows as reached. */
  let written = "";
  /** One after the other, so that a late write does not arrive after the removal. */
  let lastWrite = Promise.resolve();

  function after(change: (store: CoordinationStore) => Promise<void>): void {
    if (coordination === undefined) return;
    waiting++;
    lastWrite = lastWrite
      .then(() => change(coordination))
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
      if (waiting === 0) heartbeat.write();
      if (coordination !== undefined) cancelNext = clock.schedule(HEARTBEAT_MS, heartbeat.begin);
    },
    write() {
      const described = describe();
      written = reachedLimits(described);
      const entry = { set: WORKERS, name: described.worker, value: JSON.stringify(described) };
      after(async (store) => {
        await store.put(entry, FORGOTTEN_AFTER_MS);
        onWorkers?.(await readWorkers(store));
      });
    },
    writeSoon() {
      if (coordination === undefined || hasEnded) return;
      cancelSoon ??= clock.schedule(LIMIT_WRITE_MS, () => {
        cancelSoon = undefined;
        if (reachedLimits(describe()) !== written) heartbeat.write();
      });
    },
    end() {
      hasEnded = true;
      cancelNext();
      cancelSoon?.();
      const { worker } = describe();
      after((store) => store.remove(WORKERS, worker));
      return endOf(clock, FAREWELL_TIMEOUT_MS, lastWrite);
    },
  };
  return heartbeat;
}

/** The limits that are reached, as one text. */
function reachedLimits({ limits = [] }: WorkerPresence): string {
  return limits.map((limit) => `${limit.task} ${reachedKind(limit) ?? ""}`).join("\n");
}

/** Which limit of a task keeps its jobs from a start; `undefined` for none. */
export function reachedKind(limit: TaskLimitState): "paused" | "concurrency" | "rate" | undefined {
  if (limit.isPaused) return "paused";
  if (limit.concurrency !== undefined && limit.running >= limit.concurrency) return "concurrency";
  return limit.nextStartAt === undefined ? undefined : "rate";
}

/**
 * The living workers, by identity. A killed one is listed for half a minute more.
 * @throws UnsupportedError where neither a result store nor the broker has a coordination store.
 */
export async function listWorkers({
  coordination,
  refuse,
}: AppCoordination): Promise<readonly WorkerPresence[]> {
  if (coordination === undefined) {
    const hint = "Give the app a result store, or ask the supervisor that starts the workers.";
    throw refuse({ feature: "workers", message: "cannot list workers", hint });
  }
  return readWorkers(coordination);
}

/** The living workers in a coordination store. */
export async function readWorkers(coordination: CoordinationStore): Promise<readonly WorkerPresence[]> {
  return (await coordination.list(WORKERS)).map(({ name, value }) =>
    readRecord(
      value,
      `what worker ${name} writes of itself`,
      (record) => "worker" in record && "queues" in record,
    ),
  );
}
