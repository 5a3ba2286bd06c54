import type { Job, JobJson, JobsOptions } from "bullmq";
import type { JobJsonRaw, JobsOptions as JobsOptions5, QueueBase, QueueOptions, Scripts } from "bullmq-5";
import type { BullmqBackend, BullmqClasses, BullmqQueueAccess } from "./bullmq-classes.ts";

type Bullmq5 = typeof import("bullmq-5");

/** The keys of repeatable jobs that its older versions have stored have so many parts. The id of a scheduler may, too. */
const PARTS_OF_REPEATABLE = 5;

/**
 * The classes of BullMQ 5 in the words of version 6. It has no backend: its class `Scripts` has the same operations.
 * Jobs and clients of 5 are given to classes of 5 only, so that here their types alone are changed.
 */
export function bullmq5Classes(module: Bullmq5): BullmqClasses {
  const accessOf = (queue: QueueBase): BullmqQueueAccess => {
    // Calls report their errors; an event without a listener would end the process.
    queue.on("error", () => {});
    const createJob = (storedId: string, opts: JobsOptions = {}) =>
      new module.Job(queue, "", {}, opts as object, storedId) as unknown as Job;
    return { backend: backendOf(module, queue), createJob };
  };
  return {
    openQueue(name, options) {
      const whole = { ...options, skipVersionCheck: true } as unknown as QueueOptions;
      return accessOf(new module.Queue(name, whole));
    },
    openWorker(name, options) {
      // Its own worker would open a connection for its waits, and ours are elsewhere.
      const whole = { ...options, skipVersionCheck: true } as unknown as QueueOptions;
      const queue = new module.QueueBase(name, whole);
      const schedules = new Schedules(module, name, whole);
      return {
        ...accessOf(queue),
        scheduleNext: (job, storedId) => schedules.scheduleNext(job, storedId),
        async close() {
          await queue.close();
          await schedules.close();
        },
      };
    },
  };
}

/** What a worker of BullMQ 5 does for a job of a scheduler that it has received. */
class Schedules {
  readonly #module: Bullmq5;
  readonly #name: string;
  readonly #options: QueueOptions;
  readonly #opened: QueueBase[] = [];

  constructor(module: Bullmq5, name: string, options: QueueOptions) {
    this.#module = module;
    this.#name = name;
    this.#options = options;
  }

  async scheduleNext(job: JobJson, storedId: string): Promise<void> {
    const { name, repeatJobKey = "" } = job;
    const opts = job.opts as JobsOptions5;
    const { repeat } = opts;
    if (repeat === undefined) return;
    const data: unknown = JSON.parse(job.data || "{}");
    const schedulers = this.#keep(new this.#module.JobScheduler(this.#name, this.#options));
    const isScheduler =
      repeatJobKey.split(":").length < PARTS_OF_REPEATABLE || (await schedulers.isJobScheduler(repeatJobKey));
    if (isScheduler) {
      const producer = { override: false, producerId: storedId };
      await schedulers.upsertJobScheduler(repeatJobKey, repeat, name, data, opts, producer);
      return;
    }
    const repeats = this.#keep(new this.#module.Repeat(this.#name, this.#options));
    await repeats.updateRepeatableJob(name, data, opts, { override: false });
  }

  async close(): Promise<void> {
    for (const opened of this.#opened) await opened.close();
  }

  #keep<T extends QueueBase>(opened: T): T {
    opened.on("error", () => {});
    this.#opened.push(opened);
    return opened;
  }
}

function backendOf({ Job: BullJob }: Bullmq5, queue: QueueBase): BullmqBackend {
  const { scripts } = queue;
  const ownJob = (job: unknown) => job as Parameters<Scripts["reprocessJob"]>[0];
  return {
    client: queue.client as unknown as BullmqBackend["client"],
    toKey: (name) => queue.toKey(name),
    addJobToTransaction(transaction, job, id) {
      const opts = BullJob.optsAsJSON(job.opts as object);
      const client = transaction as unknown as Parameters<Scripts["addJob"]>[0];
      return scripts.addJob(client, job as unknown as Parameters<Scripts["addJob"]>[1], opts, id);
    },
    changePriority: (id, priority) => scripts.changePriority(id, priority),
    addLog: (id, line, kept) => scripts.addLog(id, line, kept),
    updateProgress: (id, progress) => scripts.updateProgress(id, progress),
    drain: (delayed) => scripts.drain(delayed),
    extendLocks: (ids, tokens, ms) => scripts.extendLocks(ids, tokens, ms),
    moveJobFromActiveToWait: (id, token) => scripts.moveJobFromActiveToWait(id, token),
    moveStalledJobsToWait: () => scripts.moveStalledJobsToWait(),
    async moveToActive(token, name) {
      const [job, ...rest] = await scripts.moveToActive(await queue.client, token, name);
      return [job ? toJobJson(BullJob, job) : null, ...rest];
    },
    moveToCompletedArgs: (job, ...rest) => scripts.moveToCompletedArgs(ownJob(job), ...rest),
    moveToDelayed: (...args) => scripts.moveToDelayed(...args),
    async moveToFailed(job, ...rest) {
      const args = scripts.moveToFailedArgs(ownJob(job), ...rest);
      return { result: await scripts.moveToFinished(job.id ?? "", args) };
    },
    moveToFinished: (id, args) => scripts.moveToFinished(id, args),
    pause: (isPaused) => scripts.pause(isPaused),
    remove: (id, removeChildren) => scripts.remove(id, removeChildren),
    retryFinishedJob: (job, state, options) => scripts.reprocessJob(ownJob(job), state, options),
  } as BullmqBackend;
}

/** @throws SyntaxError for options that are no JSON, as version 6 does. */
function toJobJson(BullJob: Bullmq5["Job"], raw: JobJsonRaw): JobJson {
  const { name, data, timestamp, ats = 0, atm, attemptsMade, stc = 0, rjk, defa } = raw;
  return {
    id: "",
    name,
    data,
    opts: BullJob.optsFromJSON(raw.opts) as JobsOptions,
    timestamp: Number(timestamp),
    attemptsStarted: Number(ats),
    attemptsMade: Number(attemptsMade ?? atm ?? 0),
    stalledCounter: Number(stc),
    progress: 0,
    failedReason: "",
    returnvalue: "",
    ...(rjk !== undefined && { repeatJobKey: rjk }),
    ...(defa !== undefined && { deferredFailure: defa }),
  };
}
