import { fullQueueName } from "../broker/queue-name.ts";
import { ConfigError } from "../errors/config-errors.ts";
import { awaitResult, type ResultOptions } from "../results/await-result.ts";
import type { KeptQueue } from "../results/kept-in-broker.ts";
import type { JobResult } from "../results/result-store.ts";
import { loadPart } from "../runtime/load-part.ts";
import type { AppState } from "./app-state.ts";
import type { OpenApp } from "./open-app.ts";

/** `app.result`: from the result store, else from a queue that keeps what is done. @throws ConfigError without a store */
export async function appResult(
  state: AppState,
  id: string,
  options: ResultOptions,
): Promise<JobResult | undefined> {
  const { broker, config, results: store } = state.definition;
  if (store === undefined) {
    throw new ConfigError("this app keeps no results.", {
      hint: "Pass a store to createApp({ results }), or name one by --results, JOBS_RESULTS or the configuration file.",
    });
  }
  const elsewhere = broker?.keepsFinished
    ? (wanted: string) => findKept(state.open("app.result"), wanted)
    : undefined;
  return awaitResult({ store, ttlMs: config.worker.resultTtlMs, elsewhere }, id, options, state.runtime);
}

async function findKept(app: OpenApp, id: string): Promise<JobResult | undefined> {
  const { findKeptOutcome } = await loadPart(() => import("../results/kept-in-broker.ts"));
  return findKeptOutcome(keptQueues(app), id);
}

/** The queues of an app, to look for finished jobs in. */
function keptQueues({ definition: { queues, config }, openQueue }: OpenApp): readonly KeptQueue[] {
  return queues.map((name) => ({ name, open: () => openQueue(fullQueueName(config.queuePrefix, name)) }));
}
