// The producer of an experiment. It sends its jobs spread over time and writes the answer for each into the run log.
import { setTimeout as sleep } from "node:timers/promises";
import { createApp, isJobsError } from "@jobs/core";
import { seededRandom } from "@jobs/core/testing";
import { between } from "./between.ts";
import { loadBroker } from "./brokers/load-broker.ts";
import { chaosTask, effectTask, JOB_MS } from "./chaos-task.ts";
import { type ProducerOrder, type ProducerOrders, readOrders } from "./process-orders.ts";
import { openRunLog } from "./run-log.ts";

/** How long a refused send waits until it is tried again, in ms. */
const AGAIN_MS = 100;

/** A share is sent in waves this far apart, in ms. */
const WAVE_MS = 20;

const { broker, address, runLog, jobs, shares, shareMs, seed } = readOrders<ProducerOrders>();
const random = seededRandom(seed);
const book = openRunLog(runLog);
const underTest = await loadBroker(broker);
await using app = createApp({ broker: underTest.open(address), tasks: [chaosTask, effectTask] });

const waves = Math.ceil(shareMs / WAVE_MS);
const sending: Promise<void>[] = [];
await new Promise<void>((resolve) => {
  process.on("message", (order: ProducerOrder) => {
    if (order === "no more") resolve();
    else sending.push(sendShare(sending.length));
  });
});
await Promise.all(sending);
process.disconnect();

async function sendShare(share: number): Promise<void> {
  for (let wave = 0; wave < waves; wave++) {
    const first = Math.round((jobs * (share + wave / waves)) / shares);
    const next = Math.round((jobs * (share + (wave + 1) / waves)) / shares);
    await Promise.all(Array.from({ length: next - first }, (_, index) => send(first + index)));
    await sleep(WAVE_MS);
  }
}

/** A refused send is tried again, unless the job may be stored already. */
async function send(number: number): Promise<void> {
  const id = `job-${number}`;
  const hasEffect = underTest.openEffects !== undefined && number % 2 === 1;
  const ms = between(random, JOB_MS.min, JOB_MS.max);
  for (;;) {
    try {
      await app.enqueue(hasEffect ? effectTask : chaosTask, { ms }, { id });
      return book.write({ type: "enqueued", id, hasEffect, at: Date.now() });
    } catch (error) {
      if (!isJobsError(error)) throw error;
      if (Reflect.get(error, "maybeSent") === true) return book.write({ type: "maybe_sent", id, hasEffect });
      if (!error.retryable) throw error;
    }
    await sleep(AGAIN_MS);
  }
}
