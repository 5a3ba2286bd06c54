import assert from "node:assert/strict";
import type { Clause } from "../clause.ts";
import { assertRejects } from "../harness/refusal.ts";
import { message, NEVER, type Scene } from "../harness/scene.ts";

/** How long a close may take, in ms. */
function closeMs({ capabilities, time }: Scene): number {
  return capabilities.abortMs + time.tickMs;
}

/** Chapter Z. */
export const closingClauses: readonly Clause[] = [
  {
    id: "Z1",
    rule: "Closing ends in bounded time, and closing again does nothing.",
    source: "Broker.close",
    async check(scene) {
      for (let round = 0; round < 2; round++) await scene.time.within(scene.consumer.close(), closeMs(scene));
      for (let round = 0; round < 2; round++) await scene.time.within(scene.broker.close(), closeMs(scene));
      await scene.time.within(scene.consumer.close(), closeMs(scene));
    },
  },
  {
    id: "Z2",
    rule: "A closed consumer refuses every call; its broker stays usable.",
    source: "BrokerConsumer.close",
    async check(scene) {
      await scene.send(["job"]);
      const delivery = await scene.takeOne();
      await scene.consumer.close();
      const receive = scene.consumer.receive({ max: 1, waitMs: 0, signal: NEVER });
      await assertRejects(receive, "broker_unavailable");
      await assertRejects(scene.consumer.settle([{ delivery, action: "ack" }]), "broker_unavailable");
      await assertRejects(scene.consumer.extend([delivery], scene.time.tickMs), "broker_unavailable");
      await scene.send(["more"]);
    },
  },
  {
    id: "Z3",
    rule: "A closed broker refuses every call, and so does everything that it opened.",
    source: "Broker.close",
    async check(scene) {
      const { broker, queue, consumer, time } = scene;
      await broker.close();
      await assertRejects(broker.openQueue(queue.name), "broker_unavailable");
      await assertRejects(broker.openConsumer(queue.name, { leaseMs: time.tickMs }), "broker_unavailable");
      await assertRejects(queue.send([message("job")]), "broker_unavailable");
      await assertRejects(queue.stats(), "broker_unavailable");
      await assertRejects(consumer.receive({ max: 1, waitMs: 0, signal: NEVER }), "broker_unavailable");
    },
  },
  {
    id: "Z4",
    rule: "A receive in flight ends when its consumer is closed, and does not reject.",
    source: "BrokerConsumer.close",
    async check(scene) {
      const waiting = scene.wait(60);
      await scene.pass(1);
      const closing = scene.consumer.close();
      assert.deepEqual(await scene.time.within(waiting, closeMs(scene)), []);
      await scene.time.within(closing, closeMs(scene));
    },
  },
  {
    id: "Z5",
    rule: "A receive in flight ends when its broker is closed.",
    source: "Broker.close",
    async check(scene) {
      const waiting = scene.wait(60);
      await scene.pass(1);
      const closing = scene.broker.close();
      assert.deepEqual(await scene.time.within(waiting, closeMs(scene)), []);
      await scene.time.within(closing, closeMs(scene));
    },
  },
  {
    id: "Z6",
    rule: "Closing a broker in one process changes nothing in another process.",
    source: "Broker.close",
    async check(scene) {
      const other = await scene.anotherProcess();
      await scene.send(["job"]);
      const waiting = other.wait(60);
      await other.time.within(waiting, other.time.tickMs);
      await scene.broker.close();
      await other.send(["more"]);
      await other.takeOne();
    },
  },
];
