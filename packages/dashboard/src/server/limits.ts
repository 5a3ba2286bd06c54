import { type App, isJobsError } from "@jobs/core";
import type { Limit, Possible } from "../api/api-types.ts";
import { queueNames } from "./overview.ts";

/** What is shown where the app has no history. */
export const NO_HISTORY: Limit = {
  feature: "history",
  why: "This app keeps no history of its jobs.",
  needs: "Give it a history store: createApp({ history }).",
};

/** What is shown of a queue whose stored jobs cannot be read. */
export function noPeek(broker: string): Limit {
  return {
    feature: "peek",
    why: `Stored jobs of ${broker} cannot be read without taking them.`,
    needs: "A history store shows the jobs that passed; another broker shows those that wait.",
  };
}

/** What is shown where the app has no result store. */
export const NO_RESULTS: Limit = {
  feature: "results",
  why: "This app keeps no results.",
  needs: "Give it a result store: createApp({ results }).",
};

const NO_COORDINATION: Limit = {
  feature: "workers",
  why: "Neither the result store nor the broker can keep who works, pauses and logs.",
  needs: "Give the app a result store: createApp({ results }).",
};

/** What this app and its broker cannot do, for everybody who looks. @throws as `app.queue` */
export async function appLimits(app: App): Promise<readonly Limit[]> {
  const { broker, results, history } = app;
  const kind = broker?.kind ?? "this broker";
  const { peek, stats } = (await app.queue(queueNames(app)[0] ?? "default")).capabilities;
  return [
    ...(results === undefined ? [NO_RESULTS] : []),
    ...(history === undefined ? [NO_HISTORY] : []),
    ...((results ?? broker)?.coordination === undefined ? [NO_COORDINATION] : []),
    ...(peek === true ? [] : [noPeek(kind)]),
    ...(stats === "exact" ? [] : [approximate(kind)]),
  ];
}

function approximate(kind: string): Limit {
  return {
    feature: "counts",
    why: `${kind} counts its jobs only about, and some seconds late.`,
    needs: "A history store counts exactly what passed.",
  };
}

/** The value of a promise, or why this app cannot have it. Other errors go on. */
export async function orLimit<T>(feature: string, value: Promise<T>): Promise<Possible<T>> {
  try {
    return await value;
  } catch (error) {
    if (!isJobsError(error, "unsupported")) throw error;
    return { unsupported: { feature, why: error.message, needs: error.hint ?? "" } };
  }
}
