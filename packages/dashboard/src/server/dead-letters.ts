import type { App } from "@jobs/core";
import { type BrokerQueue, type MessageState, peekPages } from "@jobs/core/broker";
import { groupDeadLetters } from "@jobs/core/runtime";
import type { DeadGroup, DeadLetters, Limit, SignatureList, SignatureRow } from "../api/api-types.ts";
import { noPeek } from "./limits.ts";
import { queueNames } from "./overview.ts";
import { canPeek, envelopeOf, errorLine, STATES } from "./stored-jobs.ts";

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
  const rows = new Map<string, SignatureRow>();
  let isPartial = false;
  for (const name of queueNames(app)) {
    const queue = await app.queue(name);
    if (queue.capabilities.peek !== true)
      return { signatures: { unsupported: noPeek(app.broker?.kind ?? "this broker") }, isPartial };
    for (const state of STATES)
      isPartial = (await countSignatures(app, { name, queue, state }, rows)) || isPartial;
  }
  const signatures = [...rows.values()].sort((one, other) => other.count - one.count);
  return { signatures, isPartial };
}

interface Counted {
  /** Name without prefix. */
  readonly name: string;
  readonly queue: BrokerQueue;
  readonly state: MessageState;
}

/** Adds those of one queue and state to `rows`. @returns whether some were not read */
async function countSignatures(
  app: App,
  { name, queue, state }: Counted,
  rows: Map<string, SignatureRow>,
): Promise<boolean> {
  let isPartial = false;
  for await (const page of peekPages(queue, { state, ...READ })) {
    for (const message of page.messages) {
      const envelope = envelopeOf(app, message);
      if (envelope === undefined) continue;
      const { task, sig: signature } = envelope;
      const key = JSON.stringify([name, task, signature]);
      const count = (rows.get(key)?.count ?? 0) + 1;
      const isCurrent = app.tasks.find(task)?.signature.fingerprint === signature;
      rows.set(key, { task, signature, queue: name, count, isCurrent });
    }
    isPartial = page.nextCursor !== undefined;
  }
  return isPartial;
}
