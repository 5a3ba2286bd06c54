import { sqs } from "@jobs/adapter-sqs";
import { createNoopApp, fill, type NoopApp, noop } from "../../load/noop-app.ts";
import { inWaves } from "../../load/waves.ts";
import { type ContenderKind, USUAL_JOBS } from "./contender.ts";
import type { MeasuredSqs } from "./measured-sqs.ts";

const CONCURRENCY = 100;

/** Ours with all defaults, or with bundles. */
export function openJobs({ client }: MeasuredSqs, prefix: string, jobsPerMessage = 1): NoopApp {
  return createNoopApp(sqs({ client, prefix, jobsPerMessage }), () => {});
}

type Send = (app: NoopApp, jobs: number) => Promise<unknown>;

/** By default as many jobs as the marks say, at concurrency 100. */
function jobsContender(
  name: string,
  send: Send,
  {
    jobs: amount = USUAL_JOBS,
    concurrency = CONCURRENCY,
    jobsPerMessage = 1,
  }: Partial<ContenderKind> & { concurrency?: number; jobsPerMessage?: number } = {},
): ContenderKind {
  return {
    name,
    packages: ["@aws-sdk/client-sqs"],
    jobs: amount,
    async open(endpoint, prefix) {
      const app = openJobs(endpoint, prefix, jobsPerMessage);
      return {
        enqueue: (jobs) => send(app, jobs),
        consume: (jobs) =>
          app.worker({ concurrency, until: { type: "settled", jobs }, ownsProcess: false }).run(),
      };
    },
  };
}

/** A thousand callers at once, each with one job. */
export const byCallers: ContenderKind = {
  ...jobsContender("jobs, concurrent enqueue()", (app, jobs) =>
    inWaves(jobs, () => app.enqueue(noop, { n: 1 })),
  ),
  column: "jobs",
};

/** A thousand jobs in one call. */
export const byMany = jobsContender("jobs, enqueueMany()", fill);

/** The same in bundles of a hundred, which is no default. */
export const byBundles = jobsContender("jobs, enqueueMany(), 100 jobs a message", fill, {
  jobsPerMessage: 100,
});

/** One caller that awaits each job, and a worker that runs one at a time: nothing can be sent together. */
export const oneAtATime = jobsContender(
  "jobs, one at a time",
  async (app, jobs) => {
    for (let n = 0; n < jobs; n++) await app.enqueue(noop, { n });
  },
  { jobs: { full: 1_000, quick: 100 }, concurrency: 1 },
);
