// The producer of an experiment: sends its jobs spread over time, and writes into the ledger what it was told of each.
import { setTimeout as sleep } from "node:timers/promises";
import { createApp, isJobsError } from "@jobs/core";
import { brokerUnderTest } from "./brokers/broker-under-test.ts";
import { chaosTask, JOB_MS } from "./chaos-task.ts";
import { openLedger } from "./ledger.ts";
import { type ProducerOrders, readOrders } from "./process-orders.ts";
import { between, createSeededRandom } from "./seeded-random.ts";

const WAVE_MS = 20;

const { broker, address, ledger, jobs, spreadMs, seed } = readOrders<ProducerOrders>();
const random = createSeededRandom(seed);
const book = openLedger(ledger);
await using app = createApp({ broker: brokerUnderTest(broker).open(address), tasks: [chaosTask] });

const startedAt = performance.now();
for (let sent = 0; sent < jobs; ) {
  const due = Math.min(jobs, Math.ceil((jobs * (performance.now() - startedAt + WAVE_MS)) / spreadMs));
  const wave = Array.from({ length: due - sent }, (_, index) => send(`job-${sent + index}`));
  sent = due;
  await Promise.all(wave);
  await sleep(WAVE_MS);
}

async function send(id: string): Promise<void> {
  const ms = between(random, JOB_MS.min, JOB_MS.max);
  try {
    await app.enqueue(chaosTask, { ms }, { id });
    book.write({ type: "enqueued", id });
  } catch (error) {
    if (!isJobsError(error)) throw error;
    if (Reflect.get(error, "maybeSent") === true) book.write({ type: "maybe_sent", id });
  }
}
