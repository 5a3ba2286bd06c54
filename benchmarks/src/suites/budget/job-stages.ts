import { memory } from "@jobs/adapter-memory";
import { type Broker, decodeEnvelope } from "@jobs/core/broker";
import { type JobTarget, jobTarget, NO_OPTIONS, ONE_STEP, prepareJob } from "@jobs/core/producer";
import { bindJob, bindParams, DEFAULT_BACKOFF } from "@jobs/core/task";
import { uuidv7Ids } from "@jobs/core/testing";
import { createCountdown } from "../../load/countdown.ts";
import { createNoopApp, noop } from "../../load/noop-app.ts";
import { inWaves } from "../../load/waves.ts";
import { forgetfulBroker } from "./forgetful-broker.ts";

/** A part of a job's way. */
export interface JobStage {
  /** What it does, in a few words. */
  readonly title: string;
  /** How many jobs are counted. Enough of them that the engine's own work, which differs, is a small part. */
  readonly jobs: number;
  /** Prepares it, and returns a call that takes `jobs` jobs through it. */
  prepare(): (jobs: number) => Promise<void>;
}

/** All stages by name, in the order in which a job passes them. The last ones contain the others. */
export const JOB_STAGES: Readonly<Record<string, JobStage>> = {
  bind: {
    title: "bind: names, JSON safety and values of the parameters",
    jobs: 80_000,
    prepare: () => repeat((n) => void bindParams(noop, { n }, "enqueue")),
  },
  encode: { title: "encode: the envelope and its message", jobs: 40_000, prepare: prepareEncode },
  enqueue: {
    title: "send: all of an enqueue, into a broker that stores nothing",
    jobs: 20_000,
    prepare: () => {
      const app = createNoopApp(forgetfulBroker({ next: () => undefined }), () => {});
      return (jobs) => inWaves(jobs, () => app.enqueue(noop, { n: 1 }));
    },
  },
  decode: {
    title: "decode: the envelope, and its parameters as the handler gets them",
    jobs: 40_000,
    prepare: prepareDecode,
  },
  work: {
    title: "run and settle: all of a worker, from a broker that stores nothing",
    jobs: 20_000,
    prepare: prepareWork,
  },
  memory: { title: "memory: send, receive and settle, without an app", jobs: 20_000, prepare: prepareMemory },
  "end to end": { title: "end to end in memory", jobs: 10_000, prepare: prepareEndToEnd },
};

function repeat(call: (n: number) => void): (jobs: number) => Promise<void> {
  return async (jobs) => {
    for (let n = 0; n < jobs; n++) call(n);
  };
}

function targetOfNoop(): JobTarget {
  const settings = {
    queue: "default",
    priority: 0,
    domain: undefined,
    maxAttempts: 5,
    backoff: DEFAULT_BACKOFF,
  };
  return jobTarget({ task: noop.name, sig: noop.signature.fingerprint }, settings);
}

/** Jobs of one millisecond share its text, so the time moves on as it does under load. */
const JOBS_PER_MS = 100;

function messageMaker(): (n: number) => ReturnType<typeof prepareJob> {
  const target = targetOfNoop();
  const startedAt = Date.now();
  return (n) => {
    const values = {
      id: uuidv7Ids(),
      now: startedAt + Math.floor(n / JOBS_PER_MS),
      delayMs: 0,
      limits: ONE_STEP,
    };
    return prepareJob({ target, params: { n }, options: NO_OPTIONS, origin: undefined }, values);
  };
}

function prepareEncode(): (jobs: number) => Promise<void> {
  const message = messageMaker();
  return repeat((n) => void message(n));
}

/** Bodies as a broker keeps them; the same ones again and again, so that making them does not count. */
function bodies(): readonly string[] {
  const message = messageMaker();
  return Array.from({ length: 1_000 }, (_, n) => message(n).body);
}

function prepareDecode(): (jobs: number) => Promise<void> {
  const stored = bodies();
  return repeat((n) => void bindJob(noop, decodeEnvelope(stored[n % stored.length] ?? "")));
}

function prepareWork(): (jobs: number) => Promise<void> {
  const stored = bodies();
  let left = 0;
  let done = createCountdown(1);
  const next = () => (left === 0 ? undefined : stored[--left % stored.length]);
  const app = createNoopApp(forgetfulBroker({ next }), () => done.hit());
  return async (jobs) => {
    left = jobs;
    done = createCountdown(jobs);
    const worker = app.worker({ concurrency: 100, ownsProcess: false });
    const run = worker.run();
    await done.reached;
    worker.stop();
    await run;
  };
}

function prepareMemory(): (jobs: number) => Promise<void> {
  const broker: Broker = memory();
  const message = messageMaker();
  const { signal } = new AbortController();
  return async (jobs) => {
    const queue = await broker.openQueue("default");
    const consumer = await broker.openConsumer("default", { leaseMs: 30_000 });
    for (let sent = 0; sent < jobs; sent += 100) {
      await queue.send(Array.from({ length: 100 }, (_, n) => message(sent + n)));
      const received = await consumer.receive({ max: 100, waitMs: 0, signal });
      await consumer.settle(received.map((delivery) => ({ delivery, action: "ack" })));
    }
  };
}

/** As many jobs in the queue as one wave has, so that the memory of waiting jobs does not count. */
function prepareEndToEnd(): (jobs: number) => Promise<void> {
  let done = createCountdown(1);
  const app = createNoopApp(memory(), () => done.hit());
  void app.worker({ concurrency: 100, ownsProcess: false }).run();
  return async (jobs) => {
    for (let sent = 0; sent < jobs; sent += 1_000) {
      done = createCountdown(1_000);
      await inWaves(1_000, () => app.enqueue(noop, { n: 1 }));
      await done.reached;
    }
  };
}
