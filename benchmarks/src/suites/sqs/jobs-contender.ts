import { sqs } from "@jobs/adapter-sqs";
import type { App } from "@jobs/core";
import { createNoopApp, fill, noop } from "../../load/noop-app.ts";
import { inWaves } from "../../load/waves.ts";
import { type ContenderKind, USUAL_JOBS } from "./contender.ts";
import type { MeasuredSqs } from "./measured-sqs.ts";

const CONCURRENCY = 100;

type NoopApp = App<[typeof noop]>;

/** Ours with all defaults. */
export function openJobs({ client }: MeasuredSqs, prefix: string): NoopApp {
  return createNoopApp(sqs({ client, prefix }), () => {});
}

function jobsContender(name: string, send: (app: NoopApp, jobs: number) => Promise<unknown>): ContenderKind {
  return {
    name,
    jobs: USUAL_JOBS,
    async open(endpoint, prefix) {
      const app = openJobs(endpoint, prefix);
      return {
        enqueue: (jobs) => send(app, jobs),
        consume: (jobs) =>
          app
            .worker({ concurrency: CONCURRENCY, until: { type: "settled", jobs }, ownsProcess: false })
            .run(),
      };
    },
  };
}

/** A thousand callers at once, each with one job. */
export const byCallers = jobsContender("jobs, concurrent enqueue()", (app, jobs) =>
  inWaves(jobs, () => app.enqueue(noop, { n: 1 })),
);

/** A thousand jobs in one call. */
export const byMany = jobsContender("jobs, enqueueMany()", fill);
