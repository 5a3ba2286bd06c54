import { setTimeout as sleep } from "node:timers/promises";
import { type BenchCase, byScale, type Figures, type Scale } from "../../harness/bench-case.ts";
import { percentile } from "../../harness/spread.ts";
import { rateOf } from "../../load/rate.ts";
import { inWaves } from "../../load/waves.ts";
import type { Contender, ContenderKind } from "./contender.ts";
import { type Durability, MeasuredRedis } from "./measured-redis.ts";

const nothing = () => {};

/** A caller that waits for each job before it sends the next. */
export function enqueueAwaited(kind: ContenderKind): BenchCase {
  return {
    name: `${kind.name}, one awaited`,
    units: { enqueue: "jobs/s" },
    async run(scale) {
      const jobs = byScale(scale, 10_000, 1_000);
      return onRedis(kind, "in memory", async ({ enqueue }) => {
        const oneByOne = async (count: number) => {
          for (let n = 0; n < count; n++) await enqueue();
        };
        await oneByOne(jobs / 10);
        return { enqueue: await rateOf(jobs, () => oneByOne(jobs)) };
      });
    },
  };
}

/** The parameter of a job: the number `n`, or a text of this length. */
export type Payload = "a number" | "200 bytes" | "1 KiB";

const TEXTS = { "200 bytes": "x".repeat(200), "1 KiB": "x".repeat(1_024) };

function sender({ enqueue, enqueueText }: Contender, payload: Payload): () => Promise<unknown> {
  return payload === "a number" ? enqueue : () => enqueueText(TEXTS[payload]);
}

/** A thousand callers at once. */
export function enqueueConcurrent(kind: ContenderKind, payload: Payload, durability: Durability): BenchCase {
  return {
    name: `${kind.name}, 1,000 concurrent, ${payload}, ${durability}`,
    units: { enqueue: "jobs/s" },
    async run(scale) {
      const jobs = byScale(scale, 50_000, 10_000);
      return onRedis(kind, durability, async (contender) => {
        const send = sender(contender, payload);
        await inWaves(jobs / 5, send);
        return { enqueue: await rateOf(jobs, () => inWaves(jobs, send)) };
      });
    },
  };
}

/** Runs jobs that are already stored, and measures what Node and Redis use for one. */
export function consume(kind: ContenderKind, concurrency: number, durability: Durability): BenchCase {
  return {
    name: `${kind.name}, consume at ${concurrency}, ${durability}`,
    units: { consume: "jobs/s", "CPU of Node a job": "µs", "CPU of Redis a job": "µs" },
    async run(scale) {
      const jobs = byScale(scale, concurrency === 1 ? 10_000 : 40_000, 5_000);
      return onRedis(kind, durability, async (contender, server) => {
        await contender.fill(jobs);
        const redisBefore = await server.cpuMs();
        const nodeBefore = process.cpuUsage();
        const rate = await rateOf(jobs, () => contender.consume(jobs, concurrency));
        const { user, system } = process.cpuUsage(nodeBefore);
        const redisMs = (await server.cpuMs()) - redisBefore;
        return {
          consume: rate,
          "CPU of Node a job": (user + system) / jobs,
          "CPU of Redis a job": (redisMs * 1_000) / jobs,
        };
      });
    },
  };
}

/** A job sent to a worker that has nothing to do. */
export function idleStart(kind: ContenderKind): BenchCase {
  return {
    name: `${kind.name}, idle worker`,
    units: { "start p50": "ms", "start p99": "ms" },
    async run(scale) {
      const latencies: number[] = [];
      let startedAt = nothing;
      await onRedis(
        kind,
        "in memory",
        async ({ enqueue, serve }) => {
          serve();
          for (let n = 0; n < byScale(scale, 300, 50); n++) {
            // Enough time to become idle again, and no multiple of any poll interval.
            await sleep(10 + ((n * 7) % 23));
            const sentAt = performance.now();
            const started = new Promise<void>((resolve) => {
              startedAt = resolve;
            });
            await Promise.all([enqueue(), started.then(() => latencies.push(performance.now() - sentAt))]);
          }
          return {};
        },
        () => startedAt(),
      );
      latencies.sort((a, b) => a - b);
      return { "start p50": percentile(latencies, 0.5), "start p99": percentile(latencies, 0.99) };
    },
  };
}

/** The memory of a waiting job in Redis. */
export function waitingMemory(kind: ContenderKind, payload: Payload): BenchCase {
  return {
    name: `${kind.name}, waiting jobs, ${payload}`,
    units: { "a job": "bytes" },
    run: (scale: Scale) =>
      onRedis(kind, "in memory", async (contender, server) => {
        const jobs = byScale(scale, 100_000, 10_000);
        const send = sender(contender, payload);
        // Fills the stream of events to its limit, so that it no longer grows with the jobs.
        await inWaves(20_000, send);
        const before = await server.usedBytes();
        await inWaves(jobs, send);
        return { "a job": ((await server.usedBytes()) - before) / jobs };
      }),
  };
}

async function onRedis(
  kind: ContenderKind,
  durability: Durability,
  measure: (contender: Contender, server: MeasuredRedis) => Promise<Figures>,
  onRun: () => void = nothing,
): Promise<Figures> {
  await using server = await MeasuredRedis.start(durability);
  const contender = await kind.open(server.url, onRun);
  const figures = await measure(contender, server);
  await contender.close();
  return figures;
}
