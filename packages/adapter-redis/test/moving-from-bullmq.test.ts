import { hasRedis, type RedisServer, startRedisServer } from "@jobs/test-servers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BULLMQ_VERSIONS } from "./bullmq-versions.ts";
import { type Line, LineProcess } from "./line-process.ts";
import { RedisWorld } from "./redis-world.ts";

const MAIL = "mail";
/** Where jobs go once both sides have moved. */
const POST = "post";
const JOBS = 60;

/** A system that moves, on one server. Each producer and each worker is a process of its own. */
describe.runIf(await hasRedis()).each(BULLMQ_VERSIONS)(
  "a queue that moves from BullMQ $version",
  ({ name, load }) => {
    let server: RedisServer;
    beforeAll(async () => {
      server = await startRedisServer();
    });
    afterAll(() => server[Symbol.asyncDispose]());

    async function system() {
      const world = await RedisWorld.open(server.url, { load, keepFinished: 1_000 });
      const { url, prefix } = world;
      const processes: LineProcess[] = [];
      const start = async (file: string, options: Line) => {
        const process = new LineProcess(file, { bullmq: name, url, prefix, ...options });
        processes.push(process);
        await process.untilLines("ready", 1);
        return process;
      };
      return {
        world,
        startOld: (role: "producer" | "worker") => start("plain-bullmq.mjs", { role, queue: MAIL }),
        startNew: (role: "producer" | "worker", queue = MAIL) =>
          start("moved-from-bullmq.mjs", { role, plainQueue: MAIL, queue }),
        /** The recipients of all runs, in all processes. */
        ran: () => processes.flatMap((process) => recipients(process.linesWith("ran"))).sort(),
        async [Symbol.asyncDispose]() {
          for (const process of processes) await process[Symbol.asyncDispose]();
          await world[Symbol.asyncDispose]();
        },
      };
    }

    it("has its workers moved first: both serve the old producer, then ours alone, and none is lost or run twice", async () => {
      await using moving = await system();
      const producer = await moving.startOld("producer");
      const oldWorker = await moving.startOld("worker");
      producer.write(["held-old"]);
      await oldWorker.untilLines("ran", 1);
      const ourWorker = await moving.startNew("worker");
      producer.write(["held-new"]);
      await ourWorker.untilLines("ran", 1);
      oldWorker.write("release");
      ourWorker.write("release");
      const together = named("together");
      producer.write(together);
      await producer.untilLines("sent", 2 + JOBS);
      await oldWorker.stop();
      const answers = await producer.untilLines("answered", 2 + JOBS);
      expect(answers).toContainEqual({ answered: "held-old", value: { by: "old", to: "held-old" } });
      expect(answers).toContainEqual({ answered: "held-new", value: { by: "new", to: "held-new" } });
      const alone = named("alone");
      producer.write(alone);
      const all = await producer.untilLines("answered", 2 + 2 * JOBS);
      expect(all.slice(2 + JOBS).map(({ value }) => value)).toEqual(
        expect.arrayContaining(alone.map((to) => ({ by: "new", to }))),
      );
      await ourWorker.stop();
      await producer.stop();
      expect(moving.ran()).toEqual([...together, ...alone, "held-old", "held-new"].sort());
    });

    it("has its producers moved first: the old worker serves both, and our results have its values", async () => {
      await using moving = await system();
      const oldWorker = await moving.startOld("worker");
      const oldProducer = await moving.startOld("producer");
      const ourProducer = await moving.startNew("producer");
      const [theirs, ours] = [named("theirs"), named("ours")];
      oldProducer.write(theirs);
      ourProducer.write(ours);
      const toThem = await oldProducer.untilLines("answered", JOBS);
      expect(byRecipient(toThem)).toEqual(
        byRecipient(theirs.map((to) => ({ answered: to, value: { by: "old", to } }))),
      );
      const toUs = await ourProducer.untilLines("answered", JOBS);
      expect(byRecipient(toUs)).toEqual(
        byRecipient(ours.map((to) => ({ answered: to, status: "succeeded", value: { by: "old", to } }))),
      );
      // The old producer is not needed any longer.
      await oldProducer.stop();
      const later = named("later");
      ourProducer.write(later);
      await ourProducer.untilLines("answered", 2 * JOBS);
      await ourProducer.stop();
      await oldWorker.stop();
      expect(moving.ran()).toEqual([...theirs, ...ours, ...later].sort());
    });

    it("leaves the codec out: new jobs go to a queue without it, while the old one is drained", async () => {
      await using moving = await system();
      const oldProducer = await moving.startOld("producer");
      oldProducer.write(["old"]);
      await oldProducer.untilLines("sent", 1);
      const ourProducer = await moving.startNew("producer", POST);
      ourProducer.write(["new"]);
      const [sent] = await ourProducer.untilLines("sent", 1);
      const ourWorker = await moving.startNew("worker", POST);
      expect(await oldProducer.untilLines("answered", 1)).toEqual([
        { answered: "old", value: { by: "new", to: "old" } },
      ]);
      expect(await ourProducer.untilLines("answered", 1)).toEqual([
        { answered: "new", status: "succeeded", value: { by: "new", to: "new" } },
      ]);
      await ourWorker.stop();
      expect(moving.ran()).toEqual(["new", "old"]);
      const post = await moving.world.broker.openQueue(POST);
      const { messages } = await post.peek({ state: "succeeded", limit: 9 });
      expect(messages.map(({ body }) => JSON.parse(body))).toMatchObject([
        { v: 1, id: sent?.id, params: { to: "new" } },
      ]);
    });

    it("goes back when the old worker is started again, while ours has jobs", async () => {
      await using moving = await system();
      const producer = await moving.startOld("producer");
      const ourWorker = await moving.startNew("worker");
      const before = named("before");
      producer.write(before);
      await ourWorker.untilLines("ran", 1);
      const oldWorker = await moving.startOld("worker");
      await ourWorker.stop();
      const after = named("after");
      producer.write(after);
      const answers = await producer.untilLines("answered", 2 * JOBS);
      for (const to of after) expect(answers).toContainEqual({ answered: to, value: { by: "old", to } });
      await oldWorker.stop();
      expect(moving.ran()).toEqual([...before, ...after].sort());
    });
  },
);

function named(group: string): readonly string[] {
  return Array.from({ length: JOBS }, (_, index) => `${group}-${index}`);
}

function recipients(ran: readonly Line[]): readonly string[] {
  return ran.map((line) => String(line.ran));
}

function byRecipient(answers: readonly Line[]): readonly Line[] {
  return [...answers].sort((a, b) => (String(a.answered) < String(b.answered) ? -1 : 1));
}
