import type { BrokerConsumer, Delivery } from "@jobs/core/broker";
import { REFUSALS, type SqsFault } from "@jobs/test-servers";
import { describe, it } from "vitest";
import { sqs } from "../src/index.ts";
import { acks, bodies, bodiesOf, countsOf, NO, openBundles } from "./bundle-world.ts";
import { atEndpoint, QUEUE, type SqsWorld } from "./sqs-world.ts";

/** A message comes again when its lease ends. Long enough for a busy machine to settle before. */
const LEASE_MS = 3_000;

const NEVER = new AbortController().signal;

/** A worker's end of the queue in another process, which knows nothing of the first. */
class OtherProcess implements AsyncDisposable {
  readonly #broker;
  readonly consumer: BrokerConsumer;

  private constructor(broker: ReturnType<typeof sqs>, consumer: BrokerConsumer) {
    this.#broker = broker;
    this.consumer = consumer;
  }

  static async open({ endpoint }: SqsWorld, leaseMs = 30_000): Promise<OtherProcess> {
    const broker = sqs(atEndpoint(endpoint));
    return new OtherProcess(broker, await broker.openConsumer(QUEUE, { leaseMs }));
  }

  /** The next `count` deliveries. */
  async take(count: number): Promise<readonly Delivery[]> {
    const all: Delivery[] = [];
    while (all.length < count)
      all.push(...(await this.consumer.receive({ max: 10, waitMs: 10_000, signal: NEVER })));
    return all;
  }

  async statuses(settlements: ReturnType<typeof acks>): Promise<readonly string[]> {
    return (await this.consumer.settle(settlements)).map(({ status }) => status);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#broker.close();
  }
}

async function statuses(world: SqsWorld, settlements: ReturnType<typeof acks>): Promise<readonly string[]> {
  return (await world.consumer.settle(settlements)).map(({ status }) => status);
}

function retry(delivery: Delivery) {
  return { delivery, action: "retry", delayMs: 0, failed: true } as const;
}

describe("bundles in bad weather [F26]", { concurrent: true }, () => {
  it("the answer of a receive is lost: the bundle comes after its lease, and each job once", async ({
    expect,
  }) => {
    await using world = await openBundles({ leaseMs: LEASE_MS });
    await world.send(["a", "b", "c"]);
    world.endpoint.play({ kind: "lost-answer", actions: ["ReceiveMessage"], times: 1 });
    await expect(world.take()).rejects.toMatchObject({ code: "broker_unavailable" });
    await using other = await OtherProcess.open(world);
    const taken = await other.take(3);
    expect(bodies(taken)).toEqual(bodiesOf("a", "b", "c"));
    expect(taken.map(({ deliveryCount }) => deliveryCount)).toEqual([2, 2, 2]);
    expect(await other.statuses(acks(taken))).toEqual(["settled", "settled", "settled"]);
    expect(await countsOf(world)).toEqual([0, 0, 0]);
  });

  it.for<SqsFault>([
    { kind: "refusal", refusal: REFUSALS.throttling },
    { kind: "refusal", refusal: REFUSALS.unavailable },
    { kind: "partial" },
    { kind: "lost-answer" },
  ])(
    "the delete of a done bundle fails: the last ack is repeated, and no job comes again: $kind",
    async (fault, { expect }) => {
      await using world = await openBundles();
      await world.send(["a", "b", "c"]);
      const taken = await world.take();
      world.endpoint.play({ ...fault, actions: ["DeleteMessageBatch"], times: 1 });
      expect(await statuses(world, acks(taken))).toEqual(["settled", "settled", "failed"]);
      expect(await statuses(world, acks(taken.slice(2)))).toEqual(["settled"]);
      expect(await countsOf(world)).toEqual([0, 0, 0]);
      expect(await world.take()).toEqual([]);
    },
  );

  it("copies of leaving jobs are refused in part: the others leave, and these stay with their worker", async ({
    expect,
  }) => {
    await using world = await openBundles();
    await world.send(["a", "b", "c", "d"]);
    const taken = await world.take();
    world.endpoint.play({ kind: "partial", actions: ["SendMessageBatch"], refusal: NO, times: 2 });
    const first = await statuses(world, taken.map(retry));
    expect([...first].sort()).toEqual(["failed", "failed", "settled", "settled"]);
    expect(world.callsOf("DeleteMessageBatch")).toEqual([]);
    const open = taken.filter((_, index) => first[index] === "failed");
    expect(await statuses(world, open.map(retry))).toEqual(["settled", "settled"]);
    // The first receive asks for few messages: the last ones were bundles.
    const again = [...(await world.take()), ...(await world.take())];
    expect(bodies(again)).toEqual(bodiesOf("a", "b", "c", "d"));
    expect(await statuses(world, acks(again))).toEqual(Array(4).fill("settled"));
    expect(await countsOf(world)).toEqual([0, 0, 0]);
  });

  it("the answer to the copy of a leaving job is lost: this job may come twice, the others do not", async ({
    expect,
  }) => {
    await using world = await openBundles();
    await world.send(["a", "b"]);
    const [a, b] = (await world.take()) as [Delivery, Delivery];
    world.endpoint.play({ kind: "lost-answer", actions: ["SendMessageBatch"], times: 1 });
    expect(await statuses(world, [retry(a), ...acks([b])])).toEqual(["failed", "settled"]);
    expect(await statuses(world, [retry(a)])).toEqual(["settled"]);
    const again = [...(await world.take()), ...(await world.take())];
    expect(bodies(again)).toEqual(bodiesOf("a", "a"));
    expect(await statuses(world, acks(again))).toEqual(["settled", "settled"]);
    expect(await countsOf(world)).toEqual([0, 0, 0]);
  });

  it("a crash between the acks of one message repeats its jobs, and loses none", async ({ expect }) => {
    await using world = await openBundles({ leaseMs: LEASE_MS });
    await using other = await OtherProcess.open(world);
    await world.send(["a", "b", "c", "d"]);
    const [a, b, c] = (await world.take()) as [Delivery, Delivery, Delivery, Delivery];
    const dead = { delivery: c, action: "dead", reason: "fatal" } as const;
    expect(await statuses(world, [...acks([a]), retry(b), dead])).toEqual(Array(3).fill("settled"));
    const taken = await other.take(5);
    expect(bodies(taken)).toEqual(bodiesOf("a", "b", "b", "c", "d"));
    expect(await other.statuses(acks(taken))).toEqual(Array(5).fill("settled"));
    expect(await countsOf(world)).toEqual([0, 0, 0]);
    expect((await world.queue.stats()).dead.n).toBe(1);
  });

  it("the visibility ends while jobs run: late settlements are lost, and bring no job back", async ({
    expect,
  }) => {
    await using world = await openBundles({ leaseMs: LEASE_MS });
    await using other = await OtherProcess.open(world);
    await world.send(["a", "b", "c"]);
    const [a, b, c] = (await world.take()) as [Delivery, Delivery, Delivery];
    const taken = await other.take(3);
    expect(await other.statuses(acks(taken))).toEqual(Array(3).fill("settled"));
    const late = [...acks([a]), retry(b), { delivery: c, action: "dead", reason: "fatal" } as const];
    expect(await statuses(world, late)).toEqual(Array(3).fill("lost"));
    expect(await countsOf(world)).toEqual([0, 0, 0]);
    expect((await world.queue.stats()).dead.n).toBe(0);
  });

  it("a delete that SQS forgets brings the bundle back, which its process deletes without a run", async ({
    expect,
  }) => {
    await using world = await openBundles({ leaseMs: LEASE_MS });
    await world.send(["a", "b"]);
    const forgotten = world.endpoint.play({ kind: "forgotten-delete", times: 1 });
    expect(await statuses(world, acks(await world.take()))).toEqual(["settled", "settled"]);
    expect(forgotten.met).toBe(1);
    const look = async () => [await world.take(), world.callsOf("DeleteMessageBatch").length];
    await expect.poll(look, { timeout: 10_000 }).toEqual([[], 2]);
    await expect.poll(() => countsOf(world)).toEqual([0, 0, 0]);
  });

  it("a bundle that can be taken apart only in part stays, so that its other jobs come later", async ({
    expect,
  }) => {
    await using world = await openBundles({ leaseMs: LEASE_MS });
    await using other = await OtherProcess.open(world, LEASE_MS);
    await world.send(["a", "b", "c"]);
    await world.take();
    const refusing = world.endpoint.play({
      kind: "partial",
      actions: ["SendMessageBatch"],
      refusal: NO,
      times: 1,
    });
    const ran: string[] = [];
    while (ran.length < 5) {
      const taken = await other.take(1);
      ran.push(...taken.map(({ body }) => body));
      await other.statuses(acks(taken));
    }
    expect(refusing.met).toBe(1);
    // The two that were stored at first come twice, the refused one once.
    expect(new Set(ran)).toEqual(new Set(bodiesOf("a", "b", "c")));
    await expect.poll(() => countsOf(world)).toEqual([0, 0, 0]);
  });
});
