import { createMemoryStorage, memory, memoryResults } from "@jobs/adapter-memory";
import { describe, expect, test } from "vitest";
import type { Broker } from "../../src/entries/broker.ts";
import { createApp, defineTask } from "../../src/index.ts";

const task = defineTask("task", {}, { queue: "work" });

/** Somebody who is asked, and moves the job at each of the first `times` reads of the queue's numbers. */
function movingRig(times: number, move: (broker: Broker, round: number) => Promise<void>) {
  const broker = memory({ storage: createMemoryStorage() });
  let round = 0;
  const watched: Broker = {
    kind: broker.kind,
    reach: broker.reach,
    openConsumer: (name, options) => broker.openConsumer(name, options),
    async openQueue(name) {
      const queue = await broker.openQueue(name);
      return {
        ...queue,
        async stats() {
          if (round < times) await move(broker, ++round);
          return queue.stats();
        },
      };
    },
    close: () => broker.close(),
  };
  return createApp({ broker: watched, results: memoryResults(), tasks: [task] });
}

async function take(broker: Broker): Promise<void> {
  const consumer = await broker.openConsumer("work", { leaseMs: 60_000, holder: "gone:1:x" });
  const receive = { max: 1, waitMs: 0, signal: new AbortController().signal };
  expect(await consumer.receive(receive)).toHaveLength(1);
}

async function takeAndRelease(broker: Broker): Promise<void> {
  const consumer = await broker.openConsumer("work", { leaseMs: 60_000 });
  const receive = { max: 1, waitMs: 0, signal: new AbortController().signal };
  for (const delivery of await consumer.receive(receive))
    await consumer.settle([{ delivery, action: "release" }]);
}

describe("a job that moves while somebody asks", () => {
  test("is read again, and the answer is about where it is then", async () => {
    await using app = movingRig(1, take);
    const { id } = await app.enqueue(task, {});
    expect(await app.why(id)).toMatchObject({ cause: "worker_lost" });
  });

  test("is read three times at most, and the answer says that it moves", async () => {
    await using app = movingRig(10, takeAndRelease);
    const { id } = await app.enqueue(task, {});
    const { cause, evidence } = await app.why(id);
    expect(cause).toBe("no_worker");
    expect(evidence.at(-1)?.statement).toBe("the job moved each time while it was read");
  });

  test("is found where it came in meanwhile", async () => {
    const kept = memoryResults();
    const { kind, reach, coordination } = kept;
    let reads = 0;
    await using app = createApp({
      broker: memory({ storage: createMemoryStorage() }),
      tasks: [task],
      results: {
        kind,
        reach,
        coordination,
        put: (result, ttlMs) => kept.put(result, ttlMs),
        async get(id) {
          // By then all queues were searched twice.
          if (++reads === 2) await app.enqueue(task, {}, { id: "late" });
          return kept.get(id);
        },
        prune: () => kept.prune(),
        close: () => kept.close(),
      },
    });
    expect(await app.why("late")).toMatchObject({ cause: "no_worker" });
  });
});
