import { hasPostgres, hasRedis } from "@jobs/test-servers";
import { expect, test } from "vitest";
import { isReached } from "../src/criteria.ts";
import { runSoak, soakMarks } from "../src/soak/run-soak.ts";

const BROKERS = [
  "memory",
  "sqlite",
  ...((await hasRedis({ isOwn: true })) ? ["redis"] : []),
  ...((await hasPostgres({ isOwn: true })) ? ["postgres"] : []),
];

async function missedMarks(broker: string, leaksJobs: boolean) {
  const outcome = await runSoak({ broker, rounds: 18, jobsInRound: 200, leaksJobs });
  return soakMarks(outcome)
    .filter((mark) => !isReached(mark))
    .map(({ name, seen }) => `${name}: ${seen}`);
}

test.each(BROKERS)(
  "a process that goes on and on with %s gains neither heap nor handles [F3A]",
  { timeout: 120_000 },
  async (broker) => {
    expect(await missedMarks(broker, false)).toEqual([]);
  },
);

test("a handler that keeps the ids of its jobs is found out [O5]", { timeout: 120_000 }, async () => {
  expect(await missedMarks("memory", true)).toEqual([expect.stringContaining("heap gained by a job")]);
});
