import type { App } from "@jobs/core";
import { type BrokerQueue, type MessageState, peekPages, type StoredMessage } from "@jobs/core/broker";
import type { DeadGroup, DeadLetters, Limit, SignatureList, SignatureRow } from "../api/api-types.ts";
import { noPeek } from "./limits.ts";
import { queueNames } from "./overview.ts";
import { canPeek, envelopeOf, errorLine, STATES } from "./stored-jobs.ts";

/** Messages of a queue and state that are read for a group or a count, and how many in one request. */
export const READ = { limit: 10_000, pageSize: 500 } as const;

/** Ids that a group names. */
const SAMPLE = 20;

/** What dead letters share. */
export type DeadKey = Pick<DeadGroup, "reason" | "task" | "signature">;

/** The group that a dead letter belongs to. */
export function deadKey(app: App, message: StoredMessage): DeadKey {
  const envelope = envelopeOf(app, message);
  return {
    reason: message.dead?.reason ?? "unknown",
    task: envelope?.task ?? message.label,
    signature: envelope?.sig ?? null,
  };
}

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

/** Sums only: the messages of thousands of dead letters would fill the memory. */
async function groupsOf(app: App, queue: string): Promise<readonly DeadGroup[]> {
  const groups = new Map<string, DeadGroup>();
  let isPartial = false;
  for await (const page of peekPages(await app.queue(queue), { state: "dead", ...READ })) {
    for (const message of page.messages) {
      const key = deadKey(app, message);
      const name = JSON.stringify(Object.values(key));
      groups.set(name, withMessage(groups.get(name) ?? emptyGroup(queue, key), message));
    }
    isPartial = page.nextCursor !== undefined;
  }
  return [...groups.values()].map((group) => ({ ...group, isPartial }));
}

function emptyGroup(queue: string, key: DeadKey): DeadGroup {
  const times = { oldestAt: Infinity, newestAt: -Infinity };
  return { queue, ...key, count: 0, isPartial: false, ...times, error: null, sample: [] };
}

/** The group with one more dead letter. They come in the order of the broker, the newest last. */
function withMessage(group: DeadGroup, { messageId, dead, dueAt }: StoredMessage): DeadGroup {
  const at = dead?.at ?? dueAt;
  return {
    ...group,
    count: group.count + 1,
    oldestAt: Math.min(group.oldestAt, at),
    newestAt: Math.max(group.newestAt, at),
    error: dead === undefined ? null : errorLine(dead.reason, dead.error),
    sample: [...group.sample, messageId].slice(-SAMPLE),
  };
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
