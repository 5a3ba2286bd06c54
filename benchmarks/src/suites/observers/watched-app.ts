import { writeSync } from "node:fs";
import { redis, redisHistory } from "@jobs/adapter-redis";
import { sqlite, sqliteHistory } from "@jobs/adapter-sqlite";
import { type App, createApp, handle } from "@jobs/core";
import type { Broker, HistoryStore } from "@jobs/core/broker";
import { keepAliveClock, sleep } from "@jobs/core/runtime";
import { openTelemetry } from "@jobs/opentelemetry";
import { FIGURES_PREFIX } from "../../harness/run-in-process.ts";
import { noop } from "../../load/noop-app.ts";
import { createMeters, registerTracers } from "./discard-telemetry.ts";

/** What the app of a case is made of. */
export interface WatchedApp {
  readonly broker: "sqlite" | "redis";
  /** Its file or its URL. */
  readonly target: string;
  readonly jobs: number;
  /** Whether handlers wait. */
  readonly isWaiting: boolean;
  /** The sampled part of the traces; 0 is no tracing at all. */
  readonly sampled: number;
  readonly hasOtelMetrics: boolean;
  readonly hasHistory: boolean;
}

/** The variable of the environment that holds a {@link WatchedApp} as JSON for `app.ts`. */
export const WATCHED_APP = "BENCH_WATCHED_APP";

/** The app of a case. Its tracer provider is registered for the whole process. */
export function createWatchedApp(given: WatchedApp): App<[typeof noop]> {
  const { broker, history } = storesOf(given);
  const { sampled, hasOtelMetrics } = given;
  if (sampled > 0) registerTracers(sampled);
  const isObserved = sampled > 0 || hasOtelMetrics;
  const telemetry = { traces: sampled > 0, metrics: hasOtelMetrics, meterProvider: createMeters() };
  return createApp({
    broker,
    tasks: [noop],
    handlers: [handle(noop, measuredHandler(given))],
    ...(given.hasHistory ? { history } : {}),
    ...(isObserved ? { instrumentation: openTelemetry(telemetry) } : {}),
  });
}

function storesOf({ broker, target }: WatchedApp): {
  readonly broker: Broker;
  readonly history: HistoryStore;
} {
  return broker === "sqlite"
    ? { broker: sqlite({ file: target }), history: sqliteHistory({ file: target }) }
    : { broker: redis({ url: target, onWarning: () => {} }), history: redisHistory({ url: target }) };
}

/** Part of the jobs that only warm the process up. */
const WARM_UP = 0.1;

/**
 * A handler that measures from the end of the warm-up to the last job, and prints the figures at the end of the process.
 * It waits 5 to 15 ms: with equal waits all jobs would start and end at the same moments, as those of no service do.
 */
function measuredHandler({ jobs, isWaiting }: WatchedApp): () => unknown {
  const skipped = jobs * WARM_UP;
  let started = 0;
  let ended = 0;
  let startedAt = 0;
  let endedAt = 0;
  let before = process.cpuUsage();
  const end = () => {
    if (++ended === jobs) endedAt = performance.now();
  };
  return () => {
    started++;
    if (started === skipped) {
      startedAt = performance.now();
      before = process.cpuUsage();
      process.once("exit", () => {
        const { user, system } = process.cpuUsage(before);
        const measured = jobs - skipped;
        const seconds = (endedAt - startedAt) / 1_000;
        const figures = { consume: measured / seconds, "CPU a job": (user + system) / measured };
        writeSync(2, `${FIGURES_PREFIX}${JSON.stringify(figures)}\n`);
      });
    }
    if (isWaiting) return sleep(keepAliveClock, 5 + ((started * 7) % 11)).then(end);
    return end();
  };
}
