// Sends jobs to the worker of another process: `sending-process.js FILE JOBS batches|singles`.
import { once } from "node:events";
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
await once(process, "message");
if (sending === "batches") await inWaves(jobs, () => app.enqueue(noop, { n: 1 }));
else await Promise.all(Array.from({ length: CALLERS }, () => sendOneByOne(jobs / CALLERS)));
await app.close();
process.disconnect();

async function sendOneByOne(own: number): Promise<void> {
  for (let n = 0; n < own; n++) await app.enqueue(noop, { n });
}
