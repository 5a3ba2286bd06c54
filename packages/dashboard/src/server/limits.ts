import { isJobsError } from "@jobs/core";
import type { Limit, Possible } from "../api/api-types.ts";

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

/** The value of a promise, or why this app cannot have it. Other errors go on. */
export async function orLimit<T>(feature: string, value: Promise<T>): Promise<Possible<T>> {
  try {
    return await value;
  } catch (error) {
    if (!isJobsError(error, "unsupported")) throw error;
    return { unsupported: { feature, why: error.message, needs: error.hint ?? "" } };
  }
}
