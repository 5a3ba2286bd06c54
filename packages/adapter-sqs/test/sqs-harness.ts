import { setTimeout as pause } from "node:timers/promises";
import { type BrokerHarness, scaledTime } from "@jobs/broker-conformance";
import type { BrokerQueue } from "@jobs/core";
import { type QueueTraits, sqsCapabilities } from "../src/capabilities.ts";
import { sqs } from "../src/index.ts";
import { CREDENTIALS } from "./credentials.ts";
import type { EndpointProcess } from "./endpoint-process.ts";

/** SQS knows whole seconds. */
const TICK_MS = 1_000;

/** Between the starts of two tests. */
const START_MS = 80;

/** Few, so that a test sees it happen, but more than any other needs. */
const MAX_RECEIVES = 6;

/** What kind of queues a harness makes. */
export interface QueueKind {
  readonly isFifo: boolean;
  readonly hasDeadLetters: boolean;
}

let harnesses = 0;

/** Queues of its own on a real endpoint, on the machine's clock. */
export async function createSqsHarness(endpoint: EndpointProcess, kind: QueueKind): Promise<BrokerHarness> {
  await startInTurn();
  const prefix = `test-${++harnesses}-`;
  const ending = kind.isFifo ? ".fifo" : "";
  const maxReceiveCount = kind.hasDeadLetters ? MAX_RECEIVES : null;
  const traits: Partial<QueueTraits> = { isFifo: kind.isFifo, maxReceiveCount };
  const queues: string[] = [];
  const open = () => sqs({ endpoint: endpoint.url, region: "us-east-1", prefix, client: CREDENTIALS });
  return {
    capabilities: sqsCapabilities(traits),
    time: scaledTime(TICK_MS),
    openBroker: open,
    async createQueue(suffix) {
      const name = `${suffix}${ending}`;
      const dlq = `${prefix}${suffix}-dead${ending}`;
      await endpoint.createQueue({
        name: prefix + name,
        fifo: kind.isFifo,
        ...(kind.hasDeadLetters ? { dlq, maxReceiveCount: MAX_RECEIVES } : {}),
      });
      queues.push(name);
      return name;
    },
    leftovers: async () => {
      const broker = open();
      const counted = await Promise.all(
        queues.map(async (name) => countStored(await broker.openQueue(name))),
      );
      await broker.close();
      return queues.filter((_, index) => counted[index] !== 0);
    },
    corrupt: null,
    dispose() {},
  };
}

let lastStart = Promise.resolve();

/** What a hundred tests do first, all at the same instant, would take longer than their ticks. */
function startInTurn(): Promise<void> {
  lastStart = lastStart.then(() => pause(START_MS));
  return lastStart;
}

/** All that SQS counts, its dead letters included. */
async function countStored(queue: BrokerQueue): Promise<number> {
  const { ready, delayed, leased, dead } = await queue.stats();
  return [ready, delayed, leased, dead].reduce((sum, { n }) => sum + (n ?? 0), 0);
}
