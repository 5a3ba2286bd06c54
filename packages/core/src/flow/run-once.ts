import { useOfId } from "../envelope/envelope.ts";
import type { RunOnce } from "../job/completion.ts";
import type { JobResult, ResultStore } from "../results/result-store.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { tickOf } from "../schedule/tick-job.ts";

/**
 * A job of a flow or of a tick with a kept value has already succeeded. Then a crash came between result and ack, or
 * the job was sent twice. It is not run again; the next steps are sent from the kept value. The value of an earlier job
 * with the same id does not count. If the store does not answer, the job runs, since any job may run more than once.
 */
export function runOnce(
  results: ResultStore,
  { report, limited }: Pick<Runtime, "report" | "limited">,
): RunOnce {
  return (envelope, run) => {
    const isTick = tickOf(envelope) !== undefined;
    if (envelope.chain === undefined && !isTick) return run();
    // The id of a tick's job is unique for that tick, so its time of the enqueue does not matter.
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
