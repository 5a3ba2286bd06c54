import assert from "node:assert/strict";
import { type Capabilities, REACHES } from "@jobs/core/broker";
import type { Clause } from "../clause.ts";
import { assertRejects } from "../harness/refusal.ts";
import { names } from "../harness/scene.ts";
import {
  unlessDeadLetter,
  unlessDelay,
  unlessGroups,
  unlessPause,
  unlessPeek,
  unlessPriority,
  unlessPurge,
  unlessRedrive,
  unlessRemove,
} from "./conditions.ts";

function assertSensible(declared: Capabilities): void {
  const { delay, retryDelay, priority, maxReceive, maxMessageBytes, lease } = declared;
  if (delay !== false)
    assert(delay.nativeMs > 0 && delay.maxMs >= delay.nativeMs, "delay: 0 < nativeMs ≤ maxMs");
  assert(retryDelay.maxMs > 0, "retryDelay.maxMs > 0");
  if (priority !== false) assert(priority.levels > 1 && priority.levels <= 10, "priority: 2 to 10 levels");
  assert(Number.isInteger(maxReceive) && maxReceive > 0, "maxReceive is a whole number above 0");
  assert(maxMessageBytes >= 1024, "maxMessageBytes has room for an envelope");
  assert(lease.maxMs > 0 && (lease.maxTotalMs === null || lease.maxTotalMs > 0), "leases have a length");
  for (const ms of [declared.resolutionMs, declared.abortMs, declared.recoveryMs]) {
    assert(Number.isFinite(ms) && ms >= 0, "times are finite");
  }
}

/** Chapter G. */
export const capabilityClauses: readonly Clause[] = [
  {
    id: "G1",
    rule: "Queue and consumer declare the same capabilities: those that the adapter's documentation promises.",
    source: "Capabilities",
    async check({ queue, consumer, capabilities }) {
      assert.deepEqual(queue.capabilities, capabilities);
      assert.deepEqual(consumer.capabilities, capabilities);
      assertSensible(queue.capabilities);
    },
  },
  {
    id: "G2",
    rule: "A broker names its kind, and a consumer names its queue.",
    source: "Broker.kind, BrokerQueue.name",
    async check({ broker, queue, consumer }) {
      assert.match(broker.kind, /^[a-z][a-z0-9-]*$/);
      assert.equal(consumer.queue, queue.name);
    },
  },
  {
    id: "G3",
    rule: "What is not declared is refused with the code `unsupported`, and the error's `feature` names the capability; nothing is ignored.",
    source: "Capabilities",
    async check(scene) {
      const operations = [unlessPeek, unlessRemove, unlessPause, unlessPurge, unlessRedrive];
      const conditions = [...operations, unlessPriority, unlessDelay, unlessGroups, unlessDeadLetter];
      for (const [index, condition] of conditions.entries()) {
        if (!condition.isMissing(scene.capabilities)) continue;
        await condition.check(await scene.anotherQueue(`g3-${index}`));
      }
    },
  },
  {
    id: "G4",
    rule: "Messages stay when the process that sent them ends.",
    source: "Capabilities.durable",
    unless: {
      capability: "durable",
      isMissing: ({ durable }) => !durable,
      rule: "Messages stay as long as their storage.",
      async check(scene) {
        await scene.send(["job"]);
        await scene.broker.close();
        await (await scene.anotherProcess()).takeOne();
      },
    },
    async check(scene) {
      await scene.send(names("job", 3));
      await scene.takeOne();
      await scene.broker.close();
      const later = await scene.anotherProcess();
      await later.take(2);
      await later.expectNothing("the lease lasts beyond its process");
      await later.passLease();
      await later.take(3);
    },
  },
  {
    id: "G5",
    rule: "If queues must exist beforehand, `openQueue` and `openConsumer` report a missing one.",
    source: "Capabilities.provisioning",
    unless: {
      capability: "provisioning: external",
      isMissing: ({ provisioning }) => provisioning === "auto",
      rule: "Opening a queue creates it.",
      async check(scene) {
        const fresh = await scene.anotherQueue("fresh");
        await fresh.send(["job"]);
        await fresh.takeOne();
      },
    },
    async check({ broker, queue, time }) {
      const missing = `missing-${queue.name.slice(-60)}`;
      await assertRejects(broker.openQueue(missing), "queue_not_found");
      await assertRejects(broker.openConsumer(missing, { leaseMs: time.tickMs }), "queue_not_found");
    },
  },
  {
    id: "G6",
    rule: "A broker says who sees its queues: this process, this machine or the network.",
    source: "Broker.reach",
    async check({ broker }) {
      assert(REACHES.includes(broker.reach), `reach is one of ${REACHES.join(", ")}`);
    },
  },
];
