import assert from "node:assert/strict";
import type { Count, Delivery, QueueStats } from "@jobs/core/broker";
import type { Clause } from "../clause.ts";
import type { Scene } from "../harness/scene.ts";
import { message } from "../harness/scene.ts";
import { unlessPeek, unlessRedrive, unlessRemove } from "./conditions.ts";

function assertText(value: unknown, what: string): void {
  assert(typeof value === "string" && value !== "", `${what} is a text`);
}

function assertWhole(delivery: Delivery, { capabilities }: Scene): void {
  for (const name of ["messageId", "body", "receipt"] as const)
    assertText(delivery[name], `a delivery's ${name}`);
  assert(Number.isFinite(delivery.leaseUntil), "leaseUntil is a time");
  assert(Number.isInteger(delivery.deliveryCount) && delivery.deliveryCount > 0, "this lease is counted");
  for (const name of ["failureCount", "crashCount"] as const) {
    const count = delivery[name];
    if (capabilities[name] === "none") assert.equal(count, null, `${name} is null where it is not counted`);
    else assert(Number.isInteger(count), `${name} is a whole number where it is counted`);
  }
}

function assertCount(count: Count, name: string): void {
  assert(count.n === null || (Number.isInteger(count.n) && count.n >= 0), `${name}.n is a number or null`);
  assert.equal(typeof count.exact, "boolean", `${name}.exact says how exact it is`);
}

const COUNTS = ["ready", "delayed", "leased", "dead", "entered"] satisfies (keyof QueueStats)[];

/** Chapter W. */
export const answerClauses: readonly Clause[] = [
  {
    id: "W1",
    rule: "Each message of a send has one result, with a status of the interface and the broker's id.",
    source: "SendResult",
    async check({ queue }) {
      const results = await queue.send([message("one"), message("two")]);
      assert.equal(results.length, 2, "one result for each message");
      for (const result of results) {
        assert.equal(result.status, "sent");
        if (result.status === "sent") assertText(result.messageId, "messageId");
      }
    },
  },
  {
    id: "W2",
    rule: "A delivery is whole: texts, the end of its lease, and counts that fit what is declared.",
    source: "Delivery",
    async check(scene) {
      await scene.send(["one", "two"]);
      for (const delivery of await scene.take(2)) assertWhole(delivery, scene);
    },
  },
  {
    id: "W3",
    rule: "Each delivery of an extend and of a settle has one result, with a status of the interface.",
    source: "ExtendResult, SettleResult",
    async check(scene) {
      await scene.send(["one", "two"]);
      const held = await scene.take(2);
      const extended = await scene.consumer.extend(held, scene.time.tickMs);
      assert.equal(extended.length, 2, "one result for each delivery");
      for (const result of extended) {
        assert.equal(result.status, "extended");
        if (result.status === "extended") assert(Number.isFinite(result.leaseUntil), "leaseUntil is a time");
      }
      const settled = await scene.consumer.settle(held.map((delivery) => ({ delivery, action: "ack" })));
      assert.deepEqual(
        settled.map(({ status }) => status),
        ["settled", "settled"],
      );
    },
  },
  {
    id: "W4",
    rule: "The numbers of a queue are whole: each count says how exact it is.",
    source: "QueueStats",
    async check(scene) {
      await scene.send(["one"]);
      const stats = await scene.queue.stats();
      for (const name of COUNTS) assertCount(stats[name], name);
      assert(stats.oldestReadyMs === null || stats.oldestReadyMs >= 0, "oldestReadyMs is a time or null");
      assert.equal(typeof stats.isPaused, "boolean", "isPaused is told");
    },
  },
  {
    id: "W5",
    rule: "Each id of a remove has one result, that of its place.",
    source: "RemoveResult",
    async check(scene) {
      const [id = ""] = await scene.send(["one"]);
      assert.deepEqual(await scene.queue.remove([id, "nobody"]), [
        { id, status: "removed" },
        { id: "nobody", status: "not_found" },
      ]);
    },
    unless: unlessRemove,
  },
  {
    id: "W6",
    rule: "A page of a peek has its messages, also where there are none.",
    source: "PeekPage",
    async check({ queue }) {
      assert.deepEqual((await queue.peek({ state: "dead", limit: 1 })).messages, []);
    },
    unless: unlessPeek,
  },
  {
    id: "W7",
    rule: "A redrive says how many it has moved, also when it moves none.",
    source: "BrokerQueue.redrive",
    async check({ queue }) {
      assert.deepEqual(await queue.redrive({ limit: 1 }), { moved: 0 });
    },
    unless: unlessRedrive,
  },
];
