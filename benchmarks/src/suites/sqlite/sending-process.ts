// Sends jobs to the worker of another process: `sending-process.js FILE JOBS batches|singles`. At each of
// two messages it sends that many.
import { on } from "node:events";
import { sqlite } from "@jobs/adapter-sqlite";
import { createNoopApp, noop } from "../../load/noop-app.ts";
import { inWaves } from "../../load/waves.ts";

/** Single sends in flight at once. */
const CALLERS = 100;

const [file = "", count, sending] = process.argv.slice(2);
const jobs = Number(count);
const app = createNoopApp(sqlite({ file }), () => {});
await app.ready();
process.send?.("ready");
// First to warm up both processes, then to be measured.
let rounds = 0;
for await (const _ of on(process, "message")) {
  await send();
  if (++rounds === 2) break;
}
await app.close();
process.disconnect();

function send(): Promise<unknown> {
  if (sending === "batches") return inWaves(jobs, () => app.enqueue(noop, { n: 1 }));
  return Promise.all(Array.from({ length: CALLERS }, () => sendOneByOne(jobs / CALLERS)));
}

async function sendOneByOne(own: number): Promise<void> {
  for (let n = 0; n < own; n++) await app.enqueue(noop, { n });
}
