import { memory } from "@jobs/adapter-memory";
import { describe, expect, test } from "vitest";
import type { Broker, Delivery } from "../../src/entries/broker.ts";
import { createApp, defineTask, handle } from "../../src/index.ts";
import { createRig } from "../rig.ts";

// biome-ignore lint/suspicious/noExplicitAny: what is answered is what the types forbid.
type Loose = any;

const work = defineTask("work", {});

/** Memory whose `send` answers what it is given, after it has stored the messages. */
function sending(answer: Loose): Broker {
  const broker = memory();
  return {
    ...broker,
    async openQueue(name) {
      const queue = await broker.openQueue(name);
      return {
        ...queue,
        async send(messages, options) {
          await queue.send(messages, options);
          return answer;
        },
      };
    },
  };
}

describe("an adapter of one's own that answers what it must not", () => {
  test.each([[undefined], [null], [{}], [[]], [[{ status: "stored" }]], [[{ status: "failed" }]]])(
    "send answers %j: the enqueue rejects, and says that the job may be sent",
    async (answer) => {
      const app = createApp({ tasks: [work], broker: sending(answer) });
      await expect(app.enqueue(work, {})).rejects.toMatchObject({
        code: "invalid_answer",
        maybeSent: true,
        retryable: false,
        queue: "default",
      });
      await app.close();
    },
  );

  test.each([[undefined], [{}], [[{ body: "{}" }]]])(
    "receive answers %j: an outage with that error, and pauses that grow",
    async (answer) => {
      const rig = createRig({ tasks: [work], handlers: [handle(work, () => {})] });
      let receives = 0;
      rig.faults.receive = () => {
        receives++;
        return undefined;
      };
      rig.faults.received = () => answer as Loose;
      rig.start();
      await rig.clock.advance(60_000);
      expect(receives).toBeGreaterThan(2);
      expect(receives).toBeLessThan(30);
      expect(rig.events.find(({ type }) => type === "broker.lost")).toMatchObject({
        error: { name: "InvalidAnswerError", code: "invalid_answer" },
      });
    },
  );

  test("a delivery that cannot be read is reported; its neighbours run at once", async () => {
    const ran: string[] = [];
    const rig = createRig({ tasks: [work], handlers: [handle(work, (_, ctx) => void ran.push(ctx.id))] });
    await rig.app.enqueue(work, {}, { id: "good" });
    rig.faults.received = (received: readonly Delivery[]) =>
      received.length === 0 ? received : [{} as Loose, ...received];
    rig.start();
    await rig.clock.advance(1_000);
    expect(ran).toEqual(["good"]);
    expect(rig.logs).toContainEqual(
      expect.objectContaining({
        level: "error",
        fields: expect.objectContaining({ err: expect.objectContaining({ code: "invalid_answer" }) }),
      }),
    );
  });

  test.each([[undefined], [[]], [[{}]], [{}]])(
    "settle answers %j: the settlement is tried again until an answer says that it is done",
    async (answer) => {
      let settles = 0;
      const rig = createRig({ tasks: [work], handlers: [handle(work, () => {})] });
      rig.faults.settle = () => (++settles < 3 ? { instead: answer as Loose } : undefined);
      await rig.app.enqueue(work, {});
      const { report } = rig.start({ until: { type: "drained" } });
      await rig.clock.advance(20_000);
      expect(await report).toMatchObject({ succeeded: 1 });
      expect(settles).toBe(3);
      const told = rig.logs.filter(({ message }) =>
        message.startsWith("the broker did not take a settlement"),
      );
      expect(told).toMatchObject([{ level: "warn", fields: { err: { code: "invalid_answer" } } }]);
    },
  );

  test.each([[undefined], [[]], [[{}]]])(
    "extend answers %j: it is logged and asked again",
    async (answer) => {
      const rig = createRig({
        tasks: [work],
        handlers: [
          handle(work, () => new Promise((resolve) => rig.clock.schedule(25_000, () => resolve(1)))),
        ],
      });
      let extends_ = 0;
      rig.faults.extend = () => (++extends_ === 1 ? { instead: answer as Loose } : undefined);
      await rig.app.enqueue(work, {});
      const { report } = rig.start({ leaseMs: 30_000, until: { type: "drained" } });
      await rig.clock.advance(40_000);
      expect(await report).toMatchObject({ succeeded: 1 });
      expect(extends_).toBeGreaterThan(1);
      expect(rig.logs.map(({ message }) => message)).toContain(
        "leases could not be extended; trying again in time",
      );
    },
  );
});
