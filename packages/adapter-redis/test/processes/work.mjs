// Runs jobs of a queue until a signal. It prints each job at its start and at its confirmed end.
import { redis } from "../../dist/index.js";

const { url, prefix, queue, leaseMs, sweepMs, workMs, max } = JSON.parse(process.argv[2]);
const broker = redis({ url, prefix, sweepMs, onWarning() {} });
const consumer = await broker.openConsumer(queue, { leaseMs });
const ending = new AbortController();
process.once("SIGTERM", () => ending.abort());

const say = (text) => process.stdout.write(`${text}\n`);

/** From 0 to 1, spread evenly and the same in every run. */
const spread = (n) => (n * 0.618034) % 1;

let settlements = [];
let turns = 0;
while (!ending.signal.aborted || settlements.length > 0) {
  const options = { max, waitMs: 1_000, signal: ending.signal };
  const { settled, received } = await consumer.settleAndReceive(settlements, options);
  settled.forEach(({ status }, index) => {
    if (status === "settled") say(`done ${settlements[index].delivery.messageId}`);
  });
  for (const { messageId, crashCount } of received) say(`start ${messageId} ${crashCount}`);
  await new Promise((resolve) => setTimeout(resolve, workMs * spread(++turns)));
  const action = ending.signal.aborted ? "release" : "ack";
  settlements = received.map((delivery) => ({ delivery, action }));
}
await broker.close();
