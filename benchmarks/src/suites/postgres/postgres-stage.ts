import type { Stage } from "../../contenders/contender.ts";
import { jobsContender } from "../../contenders/jobs-contender.ts";
import { bullmqContender } from "./bullmq-contender.ts";
import { batchedGraphileContender, graphileContender } from "./graphile-contender.ts";
import { pgBossContender } from "./pg-boss-contender.ts";

/** Ours with its 4 connections. */
export const postgresJobs = jobsContender("jobs", ["pg"], async (url) => {
  const { postgres } = await import("@jobs/adapter-postgres");
  return { broker: postgres({ url }) };
});

/** Each on a new Postgres of its own with the same settings. */
export const postgresStage: Stage = {
  title: "Postgres",
  server: "Postgres",
  hasSize: true,
  kinds: [postgresJobs, graphileContender, batchedGraphileContender, pgBossContender, bullmqContender],
  busyJobs: ({ isBatched }) => (isBatched ? 40_000 : 5_000),
  // Batching of graphile-worker changes only how it fetches and completes.
  sentJobs: (kind) => (kind === postgresJobs ? 40_000 : 5_000),
  async start() {
    const { MeasuredPostgres } = await import("./measured-postgres.ts");
    return MeasuredPostgres.start();
  },
};
