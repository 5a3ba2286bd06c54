import { routedQueue } from "../../broker/queue-name.ts";
import type { AppConfig } from "../../config/app-config.ts";
import type { AppCoordination } from "../../coordination/open-coordination.ts";
import { checkArgument } from "../../options/check-options.ts";
import { task as madeTask } from "../../options/option-rules.ts";
import { schemaDigest } from "../../task/schema-digest.ts";
import type { Task } from "../../task/task.ts";
import { listWorkers, type WorkerPresence } from "./heartbeat.ts";

/** Where to look for the workers of a task. */
interface AcceptanceSources {
  readonly definition: { readonly config: AppConfig };
  readonly appCoordination: AppCoordination;
}

/**
 * Whether each worker that takes jobs of a task's queue has the task in the form that it has here. False where no worker
 * does: nobody says then that it accepts anything. A worker that does not say what it knows counts as one that refuses.
 * @throws UnsupportedError as {@link listWorkers} does
 */
export async function isAcceptedByAll(
  task: Task,
  { definition: { config }, appCoordination }: AcceptanceSources,
): Promise<boolean> {
  checkArgument(task, "app.isAcceptedByAll: the task", madeTask);
  const { queue, domain } = config.task(task.name);
  const name = routedQueue(queue, domain);
  const workers = await listWorkers(appCoordination);
  // A draining worker takes no job any more, so it does not have to know a new form.
  const serving = workers.filter(({ state, queues }) => state === "running" && queues.includes(name));
  return serving.length > 0 && serving.every((worker) => knowsForm(worker, task));
}

/** The same version, names and types. A worker that accepts more than these is not recognised as one that does. */
function knowsForm({ tasks = [] }: WorkerPresence, { name, signature, options }: Task): boolean {
  const announced = tasks.find((one) => one.name === name || one.aliases?.includes(name));
  if (announced?.version !== options.version) return false;
  return announced?.sig === signature.fingerprint && announced.schema === schemaDigest(signature);
}
