import type { BrokerHarness } from "@jobs/broker-conformance";
import type { BrokerQueue } from "@jobs/core/broker";
import { type QueueSettings, sqsCapabilities } from "../src/capabilities.ts";
import { createSqsBroker } from "../src/sqs.ts";
import { CREDENTIALS } from "./credentials.ts";
import type { EndpointProcess } from "./endpoint-process.ts";

/** Few, so that a test sees it happen, but more than any other needs. */
const MAX_RECEIVES = 6;

/** What kind of queues a harness makes. */
export interface QueueKind {
  readonly isFifo: boolean;
  readonly hasDeadLetters: boolean;
  /** The most jobs of one message. Default 1. */
  readonly jobsPerMessage?: number;
}

let harnesses = 0;

/** Queues of its own on a real endpoint, in the endpoint's time. */
export function createSqsHarness(endpoint: EndpointProcess, kind: QueueKind): BrokerHarness {
  const prefix = `test-${++harnesses}-`;
  const ending = kind.isFifo ? ".fifo" : "";
  const maxReceiveCount = kind.hasDeadLetters ? MAX_RECEIVES : null;
  const settings: Partial<QueueSettings> = { isFifo: kind.isFifo, maxReceiveCount };
  const queues: string[] = [];
  const { url, clock } = endpoint;
  const { jobsPerMessage = 1 } = kind;
  const options = { endpoint: url, region: "us-east-1", prefix, client: CREDENTIALS, jobsPerMessage };
  const open = () => createSqsBroker(options, { clock, lookSeconds: 0 });
  return {
    capabilities: sqsCapabilities(settings),
    sharesLeases: jobsPerMessage > 1,
    time: endpoint.time,
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

/** All that SQS counts, its dead letters included. */
async function countStored(queue: BrokerQueue): Promise<number> {
  const { ready, delayed, leased, dead } = await queue.stats();
  return [ready, delayed, leased, dead].reduce((sum, { n }) => sum + (n ?? 0), 0);
}
