import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Criterion } from "../criteria.ts";
import { forkBuilt } from "../fork-built.ts";
import { type Growth, growthOf } from "./growth.ts";
import type { SoakOrders } from "./soak-orders.ts";
import { soakedBroker } from "./soaked-broker.ts";
import type { Weight } from "./weigh.ts";

/** The size of a soak. */
export type SoakSize = Omit<SoakOrders, "address">;

/** The outcome of a soak. */
export interface SoakOutcome {
  readonly size: SoakSize;
  /** After each round. */
  readonly weights: readonly Weight[];
  readonly growth: Growth;
  readonly exitCode: number | null;
  readonly seconds: number;
}

/** Less than the smallest possible leak for a job, which is an entry of a list with a short text. */
const MAX_HEAP_BYTES_PER_JOB = 16;

/** The engine's compilers and caches grow for many thousand jobs. Without them, only memory of the program remains. */
const FLAGS = ["--expose-gc", "--no-opt", "--no-maglev", "--no-sparkplug", "--no-lazy-feedback-allocation"];

/** Runs one process for many rounds and measures its memory and handles after each (O5, F3A). */
export async function runSoak(size: SoakSize): Promise<SoakOutcome> {
  const startedAt = performance.now();
  const folder = mkdtempSync(join(tmpdir(), "jobs-soak-"));
  try {
    await using premises = await (await soakedBroker(size.broker)).prepare(folder);
    const child = forkBuilt("soak/soak-process", { ...size, address: premises.address }, FLAGS);
    const weights: Weight[] = [];
    child.on("message", (weight) => weights.push(weight as Weight));
    const [exitCode] = (await once(child, "close")) as [number | null];
    const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
    return { size, weights, growth: growthOf(weights), exitCode, seconds };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The criteria of a soak with the measured values. */
export function soakMarks({ size, weights, growth, exitCode }: SoakOutcome): readonly Criterion[] {
  const perJob = Math.round((growth.heapBytesInRound / size.jobsInRound) * 10) / 10;
  return [
    { name: "heap gained by a job (bytes)", seen: perJob, atMost: MAX_HEAP_BYTES_PER_JOB },
    { name: "handles gained", seen: growth.handles, atMost: 0 },
    { name: "rounds not done", seen: size.rounds - weights.length, atMost: 0 },
    { name: "processes that ended badly", seen: exitCode === 0 ? 0 : 1, atMost: 0 },
  ];
}
