import { setTimeout as pause } from "node:timers/promises";
import { createApp, defineTask, handle } from "@jobs/core";
import { REFUSALS } from "@jobs/test-servers";
import { expect, it } from "vitest";
import { sqs } from "../src/index.ts";
import { atEndpoint, SqsWorld } from "./sqs-world.ts";

const FIFO = { name: "orders.fifo", fifo: true } as const;

const step = defineTask("step", { tenant: "string", n: "integer" }, { queue: "orders.fifo", backoff: 1_000 });

it("a group is stored in the order of sending, whatever is throttled or overtakes on the way [P14]", async () => {
  await using world = await SqsWorld.open({ endpoint: { jitterMs: 10 }, queue: FIFO });
  const throttling = world.endpoint.play({
    kind: "refusal",
    refusal: REFUSALS.throttling,
    actions: ["SendMessageBatch"],
    times: 2,
  });
  const group = Array.from({ length: 35 }, (_, n) => `job-${n}`);
  await Promise.all([
    world.send(group.slice(0, 30), { groupKey: "tenant" }),
    world.send(group.slice(30), { groupKey: "tenant" }),
    world.send(["lone-0", "lone-1"]),
  ]);
  expect(throttling.met).toBe(2);
  const taken: string[] = [];
  while (taken.length < group.length) {
    const delivery = await world.takeOne();
    const { name } = JSON.parse(delivery.body) as { readonly name: string };
    if (!name.startsWith("lone")) taken.push(name);
    await world.consumer.settle([{ delivery, action: "ack" }]);
  }
  expect(taken).toEqual(group);
});

it("a worker with many slots runs the jobs of a group one after the other, also through a retry, and groups side by side [P14 T28]", async () => {
  await using world = await SqsWorld.open({ queue: FIFO });
  const ran: (readonly [string, number])[] = [];
  const running = new Set<string>();
  let tellBlue = () => {};
  const blueRuns = new Promise<void>((resolve) => {
    tellBlue = resolve;
  });
  const app = createApp({
    broker: sqs(atEndpoint(world.endpoint)),
    tasks: [step],
    handlers: [
      handle(step, async ({ tenant, n }, ctx) => {
        expect(running.has(tenant)).toBe(false);
        running.add(tenant);
        if (tenant === "blue") tellBlue();
        await blueRuns;
        // The work of a job: another of its group could overtake it.
        await pause(20);
        running.delete(tenant);
        if (n === 1 && ctx.attempt === 1) throw new Error("the first time fails");
        ran.push([tenant, n]);
      }),
    ],
  });
  for (const tenant of ["red", "blue"]) {
    for (let n = 0; n < 4; n++) await app.enqueue(step, { tenant, n }, { groupKey: tenant });
  }
  const worker = app.worker({ queues: ["orders.fifo"], concurrency: 10, ownsProcess: false });
  const report = worker.run();
  await expect.poll(() => ran.length, { timeout: 40_000 }).toBe(8);
  await worker.stop();
  expect(await report).toMatchObject({ succeeded: 8, retried: 2, dead: 0 });
  for (const tenant of ["red", "blue"]) {
    expect(ran.filter(([of]) => of === tenant).map(([, n]) => n)).toEqual([0, 1, 2, 3]);
  }
  await app.close();
});
