import { fullQueueName } from "../broker/queue-name.ts";
import type { ExplainSources } from "../explain/sources.ts";
import { optionsCheck } from "../options/check-options.ts";
import { listOf, text } from "../options/option-rules.ts";
import type { OpenApp } from "./open-app.ts";

/** Options of `app.why`. */
export interface WhyOptions {
  /** Names without prefix of the queues to search. Default: those of the app. */
  readonly queues?: readonly string[];
}

/** Checks the options of `app.why`. */
export const checkWhyOptions = optionsCheck<WhyOptions>({ queues: listOf("queue names", text) });

/** What an explanation reads of an open app. */
export function explainSources(
  { definition, broker, appCoordination, openQueue, runtime }: OpenApp,
  { queues = definition.queues }: WhyOptions = {},
): ExplainSources {
  const { config, tasks, results, history } = definition;
  return {
    broker,
    config,
    tasks,
    results,
    history,
    appCoordination,
    queues,
    openQueue: (name) => openQueue(fullQueueName(config.queuePrefix, name)),
    now: () => runtime.clock.now(),
  };
}
