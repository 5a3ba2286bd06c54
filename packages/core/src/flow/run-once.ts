import { useOfId } from "../envelope/envelope.ts";
import type { RunOnce } from "../job/completion.ts";
import type { JobResult, ResultStore } from "../results/result-store.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { tickOf } from "../schedule/tick-job.ts";

/**
 * A job of a flow or of a tick whose value is kept already has done its work: a crash came between the result and the ack,
 * or its predecessor or two workers sent it. It is not run again; what follows it is sent from the kept value. The value of
 * an earlier job of the same id is none of its own. A store that does not answer holds nothing up: then the job runs, as
 * any job may run more than once.
 */
export function runOnce(
  results: ResultStore,
  { report, limited }: Pick<Runtime, "report" | "limited">,
): RunOnce {
  return (envelope, run) => {
    const isTick = tickOf(envelope) !== undefined;
    if (envelope.chain === undefined && !isTick) return run();
    // The id of a tick's job is of that tick alone, whoever has sent it and when.
    const isSame = (result: JobResult) => isTick || result.enqueuedAt === useOfId(envelope);
    return kept(envelope.id).then((result) =>
      result?.status === "succeeded" && isSame(result) && !result.hasTakenFollowups ? result.value : run(),
    );
  };

  async function kept(id: string): Promise<JobResult | undefined> {
    try {
      return await results.get(id);
    } catch (error) {
      const message = "whether a job has been done before is not known; it runs";
      report({ source: "store", err: error, job: id }, message, limited.warn);
      return undefined;
    }
  }
}
