import type { App } from "@jobs/core";
import { countSignatures, type SignatureCount } from "@jobs/core/broker";
import { groupDeadLetters } from "@jobs/core/runtime";
import type { DeadGroup, DeadLetters, Limit, SignatureList, SignatureRow } from "../api/api-types.ts";
import { noPeek } from "./limits.ts";
import { queueNames } from "./overview.ts";
import { canPeek, errorLine, STATES } from "./stored-jobs.ts";

/** Messages of a queue and state that are read for a group or a count, and how many in one request. */
export const READ = { limit: 10_000, pageSize: 500 } as const;

/** All dead letters of the app's queues, grouped; the largest group first. */
export async function groupDead(app: App, only?: string): Promise<DeadLetters> {
  const unsupported: (Limit & { readonly queue: string })[] = [];
  const groups: DeadGroup[] = [];
  for (const name of only === undefined ? queueNames(app) : [only]) {
    if (canPeek(await app.queue(name), "dead")) groups.push(...(await groupsOf(app, name)));
    else unsupported.push({ queue: name, ...noPeek(app.broker?.kind ?? "this broker") });
  }
  return { groups: groups.sort((one, other) => other.count - one.count), unsupported };
}

async function groupsOf(app: App, name: string): Promise<readonly DeadGroup[]> {
  const { groups, isPartial } = await groupDeadLetters(await app.queue(name), app, { limit: READ.limit });
  return groups.map(({ reason = "unknown", task = "", signature = null, error, ...sums }) => ({
    queue: name,
    reason,
    task,
    signature,
    ...sums,
    isPartial,
    error: errorLine(reason, error),
  }));
}

/** How many jobs of each signature wait, run or are dead. */
export async function listSignatures(app: App): Promise<SignatureList> {
  const signatures: SignatureRow[] = [];
  let isPartial = false;
  for (const name of queueNames(app)) {
    const queue = await app.queue(name);
    if (queue.capabilities.peek !== true)
      return { signatures: { unsupported: noPeek(app.broker?.kind ?? "this broker") }, isPartial };
    const options = { states: STATES, codecs: app.config.worker.codecs, sample: READ.limit };
    const { counts, isComplete } = await countSignatures(queue, options);
    signatures.push(...rowsOf(app, name, counts));
    if (!isComplete) isPartial = true;
  }
  return { signatures: signatures.sort((one, other) => other.count - one.count), isPartial };
}

/** One row for each signature, whatever the states of its jobs. */
function rowsOf(app: App, queue: string, counts: readonly SignatureCount[]): readonly SignatureRow[] {
  const rows = new Map<string, SignatureRow>();
  for (const { task, sig: signature, count } of counts) {
    if (task === null || signature === null) continue;
    const key = JSON.stringify([task, signature]);
    const isCurrent = app.tasks.find(task)?.signature.fingerprint === signature;
    rows.set(key, { task, signature, queue, count: (rows.get(key)?.count ?? 0) + count, isCurrent });
  }
  return [...rows.values()];
}
