import { fullQueueName } from "../broker/queue-name.ts";
import { optionsCheck } from "../options/check-options.ts";
import { boolean, listOf, oneOf, text, whole } from "../options/option-rules.ts";
import { type CheckedJobs, type CheckJobsOptions, checkJobs } from "../stored/check-jobs.ts";
import { WAITING_STATES } from "../stored/count-signatures.ts";
import type { OpenApp } from "./open-app.ts";

const checkOptions = optionsCheck<CheckJobsOptions>({
  queues: listOf("queue names", text),
  states: listOf("states", oneOf(...WAITING_STATES)),
  sample: whole(1),
  allowReceive: boolean,
});

/** `app.checkJobs`: the jobs in the queues of an app against its own tasks. @throws ConfigError · as `checkJobs` */
export function checkAppJobs(open: () => OpenApp, options: CheckJobsOptions): Promise<CheckedJobs> {
  checkOptions(options, "app.checkJobs");
  const { definition, broker, appCoordination, openQueue } = open();
  const { queuePrefix: prefix } = definition.config;
  const sources = {
    ...definition,
    broker,
    coordination: definition.hasStoredSchedules ? appCoordination.coordination : undefined,
    openQueue: (name: string) => openQueue(fullQueueName(prefix, name)),
  };
  return checkJobs(sources, options);
}
