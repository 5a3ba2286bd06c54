import fc from "fast-check";
import { expect, test } from "vitest";
import type { JobExplanation } from "../../src/entries/runtime.ts";
import { type Step, situations } from "./situation-steps.ts";
import { SituationWorld } from "./situation-world.ts";

const RUNS = Number(process.env.JOBS_MODEL_RUNS ?? 200);
const SEED = Number(process.env.JOBS_MODEL_SEED ?? 1);

/** The time in which each worker writes what limits it has reached, in ms. */
const SAID_MS = 2_500;

interface Asked {
  readonly explanation: JobExplanation;
  readonly right: readonly string[];
}

/** Makes a situation, and asks about each of its jobs and about one that was never there. */
async function ask(steps: readonly Step[]): Promise<readonly Asked[]> {
  const world = new SituationWorld();
  try {
    for (const step of steps) await world.do(step);
    await world.do({ type: "pass", ms: SAID_MS });
    const now = world.clock.now();
    const ids = [...world.truth.jobs.map(({ id }) => id), "never-sent"];
    return await Promise.all(
      ids.map(async (id) => ({ explanation: await world.asker.why(id), right: world.truth.causes(id, now) })),
    );
  } finally {
    await world.close();
  }
}

test("random situations: the answer is never wrong, and at most one in twenty is unknown [F10]", async () => {
  const counts = new Map<string, number>();
  const property = fc.asyncProperty(situations, async (steps) => {
    for (const { explanation, right } of await ask(steps)) {
      const { cause, evidence } = explanation;
      counts.set(cause, (counts.get(cause) ?? 0) + 1);
      if (cause === "unknown") continue;
      expect([cause, evidence, right]).toEqual([right.includes(cause) ? cause : right, evidence, right]);
    }
  });
  await fc.assert(property, { numRuns: RUNS, seed: SEED });
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  expect((counts.get("unknown") ?? 0) / all).toBeLessThanOrEqual(0.05);
  // The situations are worth something only if most causes are among them.
  expect(counts.size).toBeGreaterThanOrEqual(15);
}, 600_000);
