import type { BrokerQueue } from "../broker/broker.ts";
import type { PeekedState, StoredMessage } from "../broker/stored-message.ts";
import { readEnvelope } from "../envelope/decode.ts";
import type { Envelope } from "../envelope/envelope.ts";
import type { JobResult } from "../results/result-store.ts";
import type { ExplainSources } from "./sources.ts";

/** A job in a queue that shows it. */
export interface StoredJob {
  readonly kind: "stored";
  /** Name without prefix. */
  readonly name: string;
  readonly queue: BrokerQueue;
  readonly message: StoredMessage;
  /** `undefined` where its body cannot be read. */
  readonly envelope: Envelope | undefined;
}

/** Where a job was found. */
export type FoundJob =
  | StoredJob
  | { readonly kind: "kept"; readonly result: JobResult }
  /** `hidden`: names of queues that cannot show all their jobs. */
  | { readonly kind: "absent"; readonly hidden: readonly string[] };

/** In the order in which a job usually moves, so that a moving job is seen at its next state. */
const STATES: readonly PeekedState[] = ["ready", "delayed", "leased", "dead", "succeeded"];

/** How often a job that is nowhere is looked for: it may move against the order of the states. */
const LOOKS = 2;

/** Looks for a job in all queues, then in the result store: a job leaves its queue when its result is kept. */
export async function findJob(id: string, sources: ExplainSources): Promise<FoundJob> {
  const queues = await Promise.all(
    sources.queues.map(async (name) => ({ name, queue: await sources.openQueue(name) })),
  );
  const open = queues.filter(({ queue }) => queue.capabilities.peek === true);
  const closed = queues.filter(({ queue }) => queue.capabilities.peek !== true);
  for (let look = 0; look < LOOKS; look++) {
    for (const one of open) {
      const stored = await findStored(id, one, STATES, sources);
      if (stored !== undefined) return stored;
    }
    const result = await sources.results?.get(id);
    if (result !== undefined) return { kind: "kept", result };
  }
  for (const one of closed) {
    if (one.queue.capabilities.peek === false) continue;
    const dead = await findStored(id, one, ["dead"], sources);
    if (dead !== undefined) return dead;
  }
  return { kind: "absent", hidden: closed.map(({ name }) => name) };
}

async function findStored(
  id: string,
  { name, queue }: Pick<StoredJob, "name" | "queue">,
  states: readonly PeekedState[],
  sources: ExplainSources,
): Promise<StoredJob | undefined> {
  for (const state of states) {
    if (state === "succeeded" && !queue.capabilities.keepsFinished) continue;
    const [message] = (await queue.peek({ state, limit: 1, id })).messages;
    if (message === undefined) continue;
    const envelope = readEnvelope(message, sources.config.worker.codecs);
    return { kind: "stored", name, queue, message, envelope };
  }
  return undefined;
}

/** Whether a job is still where and as it was found. */
export async function isStill({ queue, message }: StoredJob, id: string): Promise<boolean> {
  if (queue.capabilities.peek !== true) return true;
  const [now] = (await queue.peek({ state: message.state, limit: 1, id })).messages;
  return (
    now !== undefined &&
    now.deliveryCount === message.deliveryCount &&
    now.redrives === message.redrives &&
    (message.state !== "delayed" || now.dueAt === message.dueAt)
  );
}
