import { type App, isJobsError } from "@jobs/core";

/**
 * The identity of the worker that runs a job. `undefined` where nobody can tell, and for up to ten seconds after the
 * job was started.
 */
export async function holderOf(app: App, id: string): Promise<string | undefined> {
  try {
    const workers = await app.workers();
    return workers.find(({ jobs }) => jobs.some((job) => job.id === id))?.worker;
  } catch (error) {
    if (isJobsError(error, "unsupported")) return undefined;
    throw error;
  }
}
