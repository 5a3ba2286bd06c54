import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { sqlite } from "@jobs/adapter-sqlite";
import { type BenchCase, byScale } from "../../harness/bench-case.ts";
import { percentile } from "../../harness/spread.ts";
import { createCountdown } from "../../load/countdown.ts";
import { createNoopApp, noop } from "../../load/noop-app.ts";
import { rateOf } from "../../load/rate.ts";
import { databaseFile } from "./sqlite-stage.ts";

/** How the other process sends: `batches` a thousand at once, `singles` a hundred callers that each await one. */
export type Sending = "batches" | "singles";

/** One process sends, this one works. A refused call ends the sender with an error, and so the run. */
export function twoProcesses(name: string, sending: Sending): BenchCase {
  return {
    name,
    units: { "end to end": "jobs/s" },
    async run(scale) {
      const jobs = byScale(scale, sending === "batches" ? 200_000 : 50_000, 10_000);
      const file = databaseFile();
      let done = createCountdown(jobs);
      const app = createNoopApp(sqlite({ file }), () => done.hit());
      void app.worker({ concurrency: 100, ownsProcess: false }).run();
      const sender = fork(processFile("sending-process"), [file, String(jobs), sending]);
      await once(sender, "message");
      const ended = failingUnlessZero(sender);
      const sendAndRun = () => {
        done = createCountdown(jobs);
        sender.send("go");
        return Promise.race([done.reached, ended.then(() => done.reached)]);
      };
      await sendAndRun();
      const rate = await rateOf(jobs, sendAndRun);
      await ended;
      return { "end to end": rate };
    },
  };
}

/** Sends a job to an idle worker of another process, and measures what that worker uses while it is idle. */
export const idleStart: BenchCase = {
  name: "idle worker in another process",
  units: { "start p50": "ms", "start p99": "ms", "CPU while idle": "%" },
  async run(scale) {
    const file = databaseFile();
    const app = createNoopApp(sqlite({ file }), () => {});
    await app.ready();
    const worker = fork(processFile("idle-worker-process"), [file]);
    await once(worker, "message");
    await sleep(500);
    const idleMs = byScale(scale, 10_000, 2_000);
    const before = await cpuMs(worker);
    await sleep(idleMs);
    const cpu = ((await cpuMs(worker)) - before) / idleMs;
    const latencies: number[] = [];
    for (let n = 0; n < byScale(scale, 300, 50); n++) {
      const startedAt = once(worker, "message");
      const sentAt = process.hrtime.bigint();
      await app.enqueue(noop, { n });
      const [at] = await startedAt;
      latencies.push(Number(BigInt(at) - sentAt) / 1e6);
      // No multiple of any poll interval.
      await sleep(10 + ((n * 7) % 23));
    }
    latencies.sort((a, b) => a - b);
    worker.kill();
    return {
      "start p50": percentile(latencies, 0.5),
      "start p99": percentile(latencies, 0.99),
      "CPU while idle": cpu * 100,
    };
  },
};

async function cpuMs(worker: ChildProcess): Promise<number> {
  const answer = once(worker, "message");
  worker.send("cpu");
  const [used] = await answer;
  return Number(used);
}

async function failingUnlessZero(child: ChildProcess): Promise<void> {
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`the sending process ended with code ${code}.`);
}

function processFile(name: string): URL {
  return new URL(`./${name}.js`, import.meta.url);
}
