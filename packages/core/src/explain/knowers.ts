import { isJobsError } from "../errors/jobs-error.ts";
import { bindJob, type JobParams } from "../task/bind-params.ts";
import type { Task } from "../task/task.ts";
import { announceTask } from "../worker/presence/heartbeat.ts";
import { findKnowers, readSignatureFacts } from "../worker/presence/known-signatures.ts";
import type { StoredJob } from "./find-job.ts";
import type { ExplainSources } from "./sources.ts";
import { type EvidenceList, namesText, spanText } from "./wording.ts";

/** Who knows the signature of a job that a worker could not run. */
export interface DescribedKnowers {
  /** One sentence. */
  readonly text: string;
  /** Whether nobody knows it. Then the next worker that cannot run the job sets it aside. */
  readonly isUnknownToAll: boolean;
}

/** Describes who knows the signature of a job; `undefined` where that cannot be read, or the job has none. */
export async function describeKnowers(
  { name, envelope }: StoredJob,
  sources: ExplainSources,
  evidence: EvidenceList,
): Promise<DescribedKnowers | undefined> {
  if (envelope === undefined || envelope.sig === "") return undefined;
  const { task, sig } = envelope;
  const facts = await readSignatureFacts(sources.appCoordination);
  if (facts === undefined) return undefined;
  const own = sources.tasks.find(task);
  const isRefused = own !== undefined && (await isRefusedBy(own, envelope, sources));
  const refusedBy = isRefused ? announceTask(own) : undefined;
  const { workers, releases, others, isUnknownToAll } = findKnowers(envelope, facts, refusedBy);
  for (const { release, seenAt } of releases) {
    const which = release === undefined ? "an app without a release" : `release ${release}`;
    evidence.add(
      "workers",
      `${which} has announced the signature (${sig}) ${spanText(sources.now() - seenAt)} ago`,
    );
  }
  if (workers.length > 0) {
    const isServed = workers.some(({ queues }) => queues.includes(name));
    const where = isServed ? "" : `, but no such worker serves queue "${name}"`;
    const names = namesText(workers.map(({ worker }) => worker));
    const text = `Its signature (${sig}) of task "${task}" is known to ${names}${where}.`;
    return { text, isUnknownToAll: false };
  }
  if (releases.length > 0) {
    const who = "to a producer, or to a worker that has just ended";
    const text = `Its signature (${sig}) of task "${task}" is known to no living worker, but ${who}.`;
    return { text, isUnknownToAll: false };
  }
  if (others.length > 0) {
    const names = namesText(others.map(({ worker }) => worker));
    const text = `No living worker has its signature (${sig}) of task "${task}"; another one may accept it: ${names}.`;
    return { text, isUnknownToAll: false };
  }
  if (!isUnknownToAll) {
    evidence.add(
      "workers",
      `nobody says that it knows the signature (${sig}), but not all processes say what they know`,
    );
    return undefined;
  }
  const text = `No living worker or producer knows its signature (${sig}) of task "${task}".`;
  return { text, isUnknownToAll };
}

/** Whether a task of this app does not accept the parameters of a job. */
export async function isRefusedBy(task: Task, job: JobParams, { config }: ExplainSources): Promise<boolean> {
  try {
    await bindJob(task, job, config.task(task.name).compat);
    return false;
  } catch (error) {
    return isJobsError(error, "signature_mismatch");
  }
}
