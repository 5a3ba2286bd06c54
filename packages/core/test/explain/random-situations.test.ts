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

function expectRight({ explanation, right }: Asked): void {
  const { cause, evidence } = explanation;
  expect([cause, evidence, right]).toEqual([right.includes(cause) ? cause : right, evidence, right]);
}

const enqueued = { type: "enqueue", priority: 0, delayMs: 0 } as const;

/** Situations that were explained wrongly once. */
const REGRESSIONS: Readonly<Record<string, readonly Step[]>> = {
  "a heartbeat at the moment when the rate allows the next start": [
    { ...enqueued, job: "rated" },
    { type: "start", kind: "all", concurrency: 2 },
    { type: "pass", ms: 9_900 },
    { ...enqueued, job: "rated" },
    { ...enqueued, job: "plain" },
    { ...enqueued, job: "plain" },
    { type: "pass", ms: 7_200 },
  ],
  "a limit that was reached at the last heartbeat": [
    { ...enqueued, job: "plain" },
    { ...enqueued, job: "counted" },
    { ...enqueued, job: "plain" },
    { type: "start", kind: "all", concurrency: 1 },
    { ...enqueued, job: "counted" },
    { type: "pass", ms: 7_700 },
    { type: "cancel", job: 0 },
    { type: "cancel", job: 1 },
  ],
  "a later step of a cancelled flow": [
    { type: "start", kind: "all", concurrency: 1 },
    { type: "chain" },
    { type: "cancel", job: 0 },
    { type: "finish", run: 0, as: "success" },
    { type: "kill", worker: 0 },
  ],
};

test.each(Object.entries(REGRESSIONS))("%s is explained", async (_, steps) => {
  for (const asked of await ask(steps)) expectRight(asked);
});

test("random situations: the answer is never wrong, and at most one in twenty is unknown [F10]", async () => {
  const counts = new Map<string, number>();
  const property = fc.asyncProperty(situations, async (steps) => {
    for (const asked of await ask(steps)) {
      const { cause } = asked.explanation;
      counts.set(cause, (counts.get(cause) ?? 0) + 1);
      if (cause !== "unknown") expectRight(asked);
    }
  });
  await fc.assert(property, { numRuns: RUNS, seed: SEED });
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  expect((counts.get("unknown") ?? 0) / all).toBeLessThanOrEqual(0.05);
  // The situations are worth something only if most causes are among them.
  expect(counts.size).toBeGreaterThanOrEqual(15);
}, 600_000);
