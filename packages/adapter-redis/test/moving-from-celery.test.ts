import { findCelery, hasCelery, hasRedis, type RedisServer, startRedisServer } from "@jobs/test-servers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Line, LineProcess } from "./line-process.ts";
import { RedisWorld } from "./redis-world.ts";

const JOBS = 60;

/** Celery and our packages on one server. Each producer and each worker is a process of its own. */
describe.runIf((await hasRedis()) && (await hasCelery()))("a task that moves from Celery", () => {
  let server: RedisServer;
  let python: string | undefined;
  beforeAll(async () => {
    server = await startRedisServer();
    python = await findCelery();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  async function system() {
    const world = await RedisWorld.open(server.url);
    const { url, prefix } = world;
    const queues = { mailQueue: `${prefix}-mail`, reportQueue: `${prefix}-reports` };
    const processes: LineProcess[] = [];
    const start = async (file: string, options: Line, program?: string) => {
      const process = new LineProcess(file, { url, prefix, ...queues, ...options }, program);
      processes.push(process);
      await process.untilLines("ready", 1);
      return process;
    };
    return {
      startCelery: (role: "producer" | "worker", queue: keyof typeof queues = "mailQueue") =>
        start("plain-celery.py", { role, queues: [queues[queue]] }, python),
      startOurs: (role: "producer" | "worker", codecs: readonly string[] = []) =>
        start("moved-from-celery.mjs", { role, codecs }),
      /** The recipients of all runs, in all processes. */
      ran: () => processes.flatMap((process) => recipients(process)).sort(),
      async [Symbol.asyncDispose]() {
        for (const process of processes) await process[Symbol.asyncDispose]();
        await world[Symbol.asyncDispose]();
      },
    };
  }

  it("is served by ours once Celery's worker has stopped: none is lost or run twice, and other tasks stay", async () => {
    await using moving = await system();
    const producer = await moving.startCelery("producer");
    const reportWorker = await moving.startCelery("worker", "reportQueue");
    const mailWorker = await moving.startCelery("worker");
    const [early, waiting, late, reports] = ["early", "waiting", "late", "report"].map(named);
    producer.write({ task: "email", to: early });
    await mailWorker.untilLines("ran", 1);
    await mailWorker.stop();
    producer.write({ task: "email", to: waiting });
    await producer.untilLines("sent", 2 * JOBS);
    const ours = await moving.startOurs("worker", ["celery"]);
    producer.write({ task: "report", to: reports });
    producer.write({ task: "email", to: late });
    const left = 3 * JOBS - recipients(mailWorker).length;
    await ours.untilLines("ran", left);
    await reportWorker.untilLines("ran", JOBS);
    await ours.stop();
    await reportWorker.stop();
    await producer.stop();
    expect(recipients(ours)).toEqual(expect.arrayContaining([...waiting!, ...late!]));
    expect(recipients(reportWorker)).toEqual(reports);
    expect(moving.ran()).toEqual([...early!, ...waiting!, ...late!, ...reports!].sort());
  });

  it("moves its producers: jobs of both kinds are in one queue, then the codec is left out", async () => {
    await using moving = await system();
    const theirProducer = await moving.startCelery("producer");
    const ourProducer = await moving.startOurs("producer");
    const worker = await moving.startOurs("worker", ["celery"]);
    const [theirs, ours, later] = ["theirs", "ours", "later"].map(named);
    theirProducer.write({ task: "email", to: theirs });
    ourProducer.write({ to: ours });
    await worker.untilLines("ran", 2 * JOBS);
    await theirProducer.stop();
    await worker.stop();
    const withoutCodec = await moving.startOurs("worker");
    ourProducer.write({ to: later });
    await withoutCodec.untilLines("ran", JOBS);
    await withoutCodec.stop();
    await ourProducer.stop();
    expect(moving.ran()).toEqual([...theirs!, ...ours!, ...later!].sort());
  });

  it("goes back: our worker stops after what it has taken in, and Celery's starts again", async () => {
    await using moving = await system();
    const producer = await moving.startCelery("producer");
    const ours = await moving.startOurs("worker", ["celery"]);
    const [before, after] = ["before", "after"].map(named);
    producer.write({ task: "email", to: before });
    await ours.untilLines("ran", JOBS);
    await ours.stop();
    producer.write({ task: "email", to: after });
    const celery = await moving.startCelery("worker");
    await celery.untilLines("ran", JOBS);
    await celery.stop();
    await producer.stop();
    expect(recipients(celery)).toEqual(after);
    expect(moving.ran()).toEqual([...before!, ...after!].sort());
  });
});

function named(group: string): readonly string[] {
  return Array.from({ length: JOBS }, (_, index) => `${group}-${index}`);
}

function recipients(process: LineProcess): readonly string[] {
  return process.linesWith("ran").map(({ ran }) => String(ran));
}
