import { type Delivery, decodeEnvelope, type Settlement } from "@jobs/core/broker";
import { createVirtualClock } from "@jobs/core/testing";
import { describe, expect, it } from "vitest";
import { sqs } from "../src/index.ts";
import { acks, bodies, bodiesOf, countsOf, NO, openBundles } from "./bundle-world.ts";
import before from "./fixtures/worker-before-bundles.json" with { type: "json" };
import { letter, QUEUE, SqsWorld } from "./sqs-world.ts";

const LEASE_MS = 30_000;

/** How many jobs each sent message holds. */
function sizes(world: SqsWorld): readonly unknown[] {
  return world.entriesOf("SendMessageBatch").map(({ MessageAttributes }) => {
    const bundle = (MessageAttributes as Record<string, { readonly StringValue: string }>)["jobs-bundle"];
    return bundle === undefined ? 1 : Number(bundle.StringValue);
  });
}

async function settle(world: SqsWorld, ...settlements: readonly Settlement[]): Promise<void> {
  const results = await world.consumer.settle(settlements);
  expect(results).toEqual(settlements.map(() => ({ status: "settled" })));
}

async function isEmpty(world: SqsWorld): Promise<void> {
  await expect.poll(() => countsOf(world)).toEqual([0, 0, 0]);
}

describe("sending", () => {
  it("packs jobs of the same delay and group, in their order; one that is alone is sent as without bundles", async () => {
    await using world = await openBundles();
    await using plain = await SqsWorld.open();
    const messages = [
      ...["a", "b", "c"].map(letter),
      { ...letter("later"), delayMs: 5_000 },
      { ...letter("tenant"), groupKey: "tenant-1" },
      { ...letter("large"), body: JSON.stringify("x".repeat(70_000)) },
    ];
    const results = await world.queue.send(messages);
    await plain.queue.send(messages);
    expect(sizes(world)).toEqual([3, 1, 1, 1]);
    const strip = ({ Id: _, ...entry }: Record<string, unknown>) => entry;
    const alone = (one: SqsWorld) => one.entriesOf("SendMessageBatch").map(strip).slice(-3);
    expect(alone(world)).toEqual(alone(plain));
    const ids = results.map((result) => (result.status === "sent" ? result.messageId : ""));
    expect(new Set(ids).size).toBe(messages.length);
    const taken = await world.take(3);
    expect(taken.map(({ messageId }) => messageId)).toEqual(ids.slice(0, 3));
    expect(taken.map(({ body }) => body)).toEqual(bodiesOf("a", "b", "c"));
  });

  it("fills messages up to jobsPerMessage and to 64 KiB", async () => {
    await using world = await openBundles();
    await world.send(Array.from({ length: 25 }, (_, n) => `job-${n}`));
    await world.queue.send(
      ["a", "b", "c"].map((id) => ({ ...letter(id), body: JSON.stringify(id.repeat(30_000)) })),
    );
    expect(sizes(world)).toEqual([10, 10, 5, 2, 1]);
  });

  it("a refused bundle fails each of its jobs", async () => {
    await using world = await openBundles();
    const refusing = world.endpoint.play({ kind: "partial", actions: ["SendMessageBatch"], refusal: NO });
    const results = await world.queue.send(["a", "b"].map(letter));
    expect(results).toMatchObject([{ status: "failed" }, { status: "failed" }]);
    refusing.end();
  });

  it("a worker of the release before bundles held such a message, ran none of its jobs and deleted nothing", async () => {
    const { jobs, body, ran, requests, events } = before;
    expect(events).toEqual([{ type: "job.held", delayMs: 30_000, reason: "envelope_version" }]);
    expect(ran).toEqual([]);
    expect(requests.map(({ action }) => action).filter((action) => /Send|Delete/.test(action))).toEqual([]);
    // This holds as long as bundles are written as that worker got them.
    await using world = await openBundles();
    await world.queue.send(jobs);
    const [entry] = world.entriesOf("SendMessageBatch");
    expect(entry?.MessageBody).toBe(body);
    expect(() => decodeEnvelope(body)).toThrow(expect.objectContaining({ code: "envelope_version" }));
  });

  it("is refused on FIFO queues, and with a number that cannot be used", async () => {
    const broker = sqs({ jobsPerMessage: 2 });
    for (const opening of [
      broker.openQueue("q.fifo"),
      broker.openConsumer("q.fifo", { leaseMs: LEASE_MS }),
    ]) {
      await expect(opening).rejects.toMatchObject({ code: "invalid_config", message: /FIFO/ });
    }
    for (const jobsPerMessage of [0, 1.5, 101]) {
      expect(() => sqs({ jobsPerMessage })).toThrow(expect.objectContaining({ code: "invalid_config" }));
    }
    await broker.close();
  });
});

describe("settling", () => {
  it("the message is extended once for all jobs, and deleted with the last one", async () => {
    await using world = await openBundles();
    await world.send(["a", "b", "c"]);
    const taken = await world.take();
    const extended = await world.consumer.extend(taken, LEASE_MS);
    expect(extended).toMatchObject(taken.map(() => ({ status: "extended" })));
    expect(world.entriesOf("ChangeMessageVisibilityBatch")).toHaveLength(1);
    await settle(world, ...acks(taken.slice(1)));
    expect(world.callsOf("DeleteMessageBatch")).toEqual([]);
    await settle(world, ...acks(taken.slice(0, 1)));
    expect(world.entriesOf("DeleteMessageBatch")).toHaveLength(1);
    await isEmpty(world);
  });

  it("a job that is not done leaves the bundle with its id and its count; the message goes after it", async () => {
    await using world = await openBundles();
    await world.send(["done", "retried", "released", "dead"]);
    const taken = await world.take();
    const [done, retried, released, dead] = taken as [Delivery, Delivery, Delivery, Delivery];
    await settle(
      world,
      { delivery: done, action: "ack" },
      { delivery: retried, action: "retry", delayMs: 0, failed: true },
      { delivery: released, action: "release" },
      { delivery: dead, action: "dead", reason: "fatal" },
    );
    expect(world.calls.at(-1)).toMatchObject({ action: "DeleteMessageBatch" });
    const again = await world.take();
    expect(bodies(again)).toEqual(bodiesOf("released", "retried"));
    expect(again.map(({ deliveryCount }) => deliveryCount)).toEqual([2, 2]);
    expect(again.map(({ messageId }) => messageId).sort()).toEqual(
      [retried.messageId, released.messageId].sort(),
    );
    const { messages } = await world.queue.peek({ state: "dead", limit: 10 });
    expect(messages).toMatchObject([{ messageId: dead.messageId, label: "tell", dead: { reason: "fatal" } }]);
    await settle(world, ...acks(again));
    await isEmpty(world);
  });

  it("a copy that cannot be stored leaves the job with its worker, and the message where it is", async () => {
    await using world = await openBundles();
    await world.send(["a", "b"]);
    const [a, b] = (await world.take()) as [Delivery, Delivery];
    const refusing = world.endpoint.play({ kind: "partial", actions: ["SendMessageBatch"], refusal: NO });
    const retry = { delivery: a, action: "retry", delayMs: 0, failed: true } as const;
    expect(await world.consumer.settle([retry, ...acks([b])])).toMatchObject([
      { status: "failed" },
      { status: "settled" },
    ]);
    expect(world.callsOf("DeleteMessageBatch")).toEqual([]);
    refusing.end();
    await settle(world, retry);
    expect(bodies(await world.take())).toEqual(bodiesOf("a"));
    expect(world.entriesOf("DeleteMessageBatch")).toHaveLength(1);
  });

  it("a failed delete is the answer to the last job, which may be settled again", async () => {
    await using world = await openBundles();
    await world.send(["a", "b"]);
    const taken = await world.take();
    const failing = world.endpoint.play({ kind: "partial", actions: ["DeleteMessageBatch"] });
    const statuses = (await world.consumer.settle(acks(taken))).map(({ status }) => status);
    expect(statuses).toEqual(["settled", "failed"]);
    failing.end();
    await settle(world, ...acks(taken.slice(1)));
    await isEmpty(world);
  });

  it("a retry may wait longer than SQS delays a message", async () => {
    await using world = await openBundles({ maxDelaySeconds: 1 });
    await world.send(["a", "b"]);
    const [a, b] = (await world.take()) as [Delivery, Delivery];
    await settle(world, { delivery: a, action: "retry", delayMs: 60_000, failed: true }, ...acks([b]));
    expect(world.entriesOf("SendMessageBatch").at(-1)).toMatchObject({
      DelaySeconds: 1,
      MessageAttributes: {
        "jobs-due-in-ms": { StringValue: "60000" },
        "jobs-past-deliveries": { StringValue: "1" },
      },
    });
  });
});

describe("jobs that no slot is free for", () => {
  it("are received without a request while others of their bundle run", async () => {
    await using world = await openBundles();
    await world.send(["a", "b", "c"]);
    const first = await world.take(1);
    const { settled, received } = await world.consumer.settleAndReceive!(acks(first), {
      max: 1,
      waitMs: 0,
      signal: new AbortController().signal,
    });
    expect(settled).toEqual([{ status: "settled" }]);
    const rest = [...received, ...(await world.take())];
    expect(bodies([...first, ...rest])).toEqual(bodiesOf("a", "b", "c"));
    expect(world.callsOf("ReceiveMessage")).toHaveLength(1);
    await settle(world, ...acks(rest));
    await isEmpty(world);
  });

  it("go back as one message when the last that runs is settled, also when the consumer or the broker closes", async () => {
    const leaving = {
      settle: async (world: SqsWorld, taken: readonly Delivery[]) => settle(world, ...acks(taken)),
      "close the consumer": (world: SqsWorld) => world.consumer.close(),
      "close the broker": (world: SqsWorld) => world.broker.close(),
    };
    for (const [name, leave] of Object.entries(leaving)) {
      await using world = await openBundles();
      await world.send(["a", "b", "c"]);
      const taken = await world.take(1);
      await leave(world, taken);
      expect(sizes(world), name).toEqual([3, 2]);
      expect(world.endpoint.requests().byAction.DeleteMessageBatch, name).toBe(
        name === "settle" ? 1 : undefined,
      );
    }
  });

  it("go back when they have waited for a third of a lease, and keep their ids and counts", async () => {
    const clock = createVirtualClock(Date.now());
    await using world = await openBundles({ clock });
    const results = await world.queue.send(["a", "b", "c"].map(letter));
    const [a] = (await world.take(1)) as [Delivery];
    await clock.advance(LEASE_MS / 3);
    await world.consumer.extend([a], LEASE_MS);
    expect(sizes(world)).toEqual([3, 2]);
    const others = await world.take();
    const ids = results.map((result) => (result.status === "sent" ? result.messageId : ""));
    expect(others.map(({ messageId }) => messageId).sort()).toEqual(ids.slice(1).sort());
    expect(others.map(({ deliveryCount }) => deliveryCount)).toEqual([1, 1]);
    await settle(world, ...acks([a, ...others]));
    await isEmpty(world);
  });

  it("get a whole lease, by one request for the message", async () => {
    const clock = createVirtualClock(Date.now());
    await using world = await openBundles({ clock });
    await world.send(["a", "b", "c"]);
    await world.take(1);
    await clock.advance(5_000);
    const later = await world.take();
    expect(later.map(({ leaseUntil }) => leaseUntil - clock.monotonic())).toEqual([LEASE_MS, LEASE_MS]);
    expect(world.entriesOf("ChangeMessageVisibilityBatch")).toHaveLength(1);
  });
});

describe("a bundle that comes again", () => {
  it("is taken apart before a job runs, and each job counts its deliveries", async () => {
    await using world = await openBundles({ leaseMs: 1_000 });
    await world.send(["a", "b", "c"]);
    const other = await world.broker.openConsumer(QUEUE, { leaseMs: LEASE_MS });
    const [lost] = (await world.take(1)) as [Delivery];
    const again = await other.receive({ max: 10, waitMs: 10_000, signal: new AbortController().signal });
    const more = await other.receive({ max: 10, waitMs: 0, signal: new AbortController().signal });
    const all = [...again, ...more];
    expect(bodies(all)).toEqual(bodiesOf("a", "b", "c"));
    expect(all.map(({ deliveryCount }) => deliveryCount)).toEqual([2, 2, 2]);
    expect(sizes(world)).toEqual([3, 1, 1, 1]);
    // The old holder cannot bring it back, nor take its message away.
    expect(await world.consumer.settle([{ delivery: lost, action: "release" }])).toEqual([
      { status: "lost" },
    ]);
    const results = await other.settle(all.map((delivery) => ({ delivery, action: "ack" as const })));
    expect(results).toEqual(all.map(() => ({ status: "settled" })));
    await isEmpty(world);
  });

  it("does not repeat the jobs that this process has done", async () => {
    await using world = await openBundles({ leaseMs: 1_000 });
    await world.send(["a", "b"]);
    const [a] = (await world.take()) as [Delivery];
    await settle(world, ...acks([a]));
    const again = await world.take(10, 10_000);
    expect(bodies(again)).toEqual(bodiesOf("b"));
    await settle(world, ...acks(again));
    await isEmpty(world);
  });
});

describe("a bundle among the dead letters", () => {
  it("is shown, and put back, job by job", async () => {
    await using world = await openBundles({ queue: { maxReceiveCount: 1 }, leaseMs: 1_000 });
    const results = await world.queue.send(["a", "b", "c"].map(letter));
    const ids = results.map((result) => (result.status === "sent" ? result.messageId : ""));
    await world.take();
    // SQS itself sets it aside at the next receive after the lease.
    await expect.poll(async () => [await world.take(), (await world.queue.stats()).dead.n]).toEqual([[], 1]);
    const letters = async () => (await world.queue.peek({ state: "dead", limit: 10 })).messages;
    const shown = await letters();
    expect(bodies(shown)).toEqual(bodiesOf("a", "b", "c"));
    expect(shown.map(({ messageId }) => messageId).sort()).toEqual([...ids].sort());
    for (const one of shown) expect(one).toMatchObject({ label: "tell", dead: { reason: "crash_loop" } });
    expect(await world.queue.redrive({ limit: 1, ids: [ids[1] ?? ""] })).toEqual({ moved: 1 });
    expect(await world.takeOne()).toMatchObject({
      body: letter("b").body,
      messageId: ids[1],
      deliveryCount: 1,
    });
    expect(bodies(await letters())).toEqual(bodiesOf("a", "c"));
  });

  it("stays whole without the right to send, and nothing is lost", async () => {
    await using world = await openBundles();
    const box = await world.broker.openQueue(`${QUEUE}-dead`);
    await box.send(["a", "b"].map(letter));
    const refusing = world.endpoint.play({ kind: "partial", actions: ["SendMessageBatch"], refusal: NO });
    expect((await world.queue.peek({ state: "dead", limit: 10 })).messages).toHaveLength(1);
    refusing.end();
    expect((await world.queue.peek({ state: "dead", limit: 10 })).messages).toHaveLength(2);
  });
});
