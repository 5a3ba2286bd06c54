import type { App } from "@jobs/core";
import {
  type BrokerQueue,
  type Envelope,
  type MessageState,
  readEnvelope,
  type SerializedError,
  type StoredMessage,
  storedIdOf,
} from "@jobs/core/broker";
import { redactParams } from "@jobs/core/task";
import type { JobPage, JobRow, Possible, ShownError, StoredJob } from "../api/api-types.ts";
import { noPeek } from "./limits.ts";
import { queueNames } from "./overview.ts";

/** All states of a stored job, in the order in which one is looked for. */
export const STATES: readonly MessageState[] = ["ready", "delayed", "leased", "dead"];

/** Jobs of a page. */
const PAGE = 50;

/** One page of the stored jobs of a queue. */
export async function readPage(
  app: App,
  { name, state, cursor }: { readonly name: string; readonly state: MessageState; readonly cursor?: string },
): Promise<Possible<JobPage>> {
  const queue = await app.queue(name);
  if (!canPeek(queue, state)) return { unsupported: noPeek(app.broker?.kind ?? "this broker") };
  const page = await queue.peek({ state, limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
  return {
    jobs: page.messages.map((message) => rowOf({ queue: name, message, envelope: envelopeOf(app, message) })),
    nextCursor: page.nextCursor ?? null,
  };
}

/** Whether the stored jobs in a state can be read. */
export function canPeek({ capabilities: { peek } }: BrokerQueue, state: MessageState): boolean {
  return peek === true || (peek === "dead" && state === "dead");
}

/** A stored job, and the queue that it is in. */
export interface FoundJob {
  readonly queue: string;
  readonly message: StoredMessage;
  /** Its body; `undefined` where it cannot be read. */
  readonly envelope: Envelope | undefined;
}

/** Looks for a job in all queues of the app, or in the dead letters of one. `isWhole`: each queue would have shown it. */
export async function findStored(
  app: App,
  id: string,
  deadIn?: string,
): Promise<{ readonly found: FoundJob | undefined; readonly isWhole: boolean }> {
  let isWhole = true;
  for (const name of deadIn === undefined ? queueNames(app) : [deadIn]) {
    const queue = await app.queue(name);
    for (const state of deadIn === undefined ? STATES : (["dead"] as const)) {
      if (!canPeek(queue, state)) {
        isWhole = false;
        continue;
      }
      const [message] = (await queue.peek({ state, limit: 1, id })).messages;
      if (message === undefined) continue;
      return { found: { queue: name, message, envelope: envelopeOf(app, message) }, isWhole };
    }
  }
  return { found: undefined, isWhole };
}

/** A body as the app's worker reads it, also one of another system; `undefined` where it cannot be read. */
export function envelopeOf(app: App, message: StoredMessage): Envelope | undefined {
  return readEnvelope(message, app.config.worker.codecs);
}

/** A stored job as a row. */
export function rowOf({ queue, message, envelope }: FoundJob): JobRow {
  const { dead } = message;
  return {
    id: storedIdOf(message, envelope),
    task: envelope?.task ?? message.label,
    queue,
    state: message.state,
    attempt: attemptOf(message),
    at: dead?.at ?? message.dueAt,
    durationMs: null,
    error: dead === undefined ? (message.lastError ?? null) : errorLine(dead.reason, dead.error),
    tags: [],
  };
}

/** The attempt that runs or comes next; of a dead letter, the last one. */
function attemptOf({ failureCount, dead }: StoredMessage): number | null {
  if (failureCount === null) return null;
  return dead === undefined ? failureCount + 1 : Math.max(1, failureCount);
}

/** A dead letter's reason and error in one line. */
export function errorLine(reason: string, error: SerializedError | undefined): string {
  return error === undefined ? reason : `${reason}: ${error.name}: ${error.message}`;
}

/** A stored job in full. `areParamsShown`: the viewer may see them, and asked for them. */
export function describeStored(
  app: App,
  { message, envelope }: FoundJob,
  { areParamsShown }: { readonly areParamsShown: boolean },
): StoredJob {
  const { dead } = message;
  return {
    state: message.state === "succeeded" ? "ready" : message.state,
    dueAt: message.dueAt,
    priority: message.priority,
    deliveryCount: message.deliveryCount,
    failureCount: message.failureCount,
    holder: message.holder ?? null,
    lastError: message.lastError ?? null,
    dead:
      dead === undefined
        ? null
        : {
            reason: dead.reason,
            at: dead.at,
            error: dead.error === undefined ? null : shownError(dead.error),
          },
    params: areParamsShown ? paramsOf(app, envelope) : null,
    areParamsHidden: !areParamsShown,
  };
}

/** The parameters, without those that their task redacts. A body that is no envelope shows nothing. */
function paramsOf(app: App, envelope: Envelope | undefined): unknown {
  return envelope === undefined ? null : redactParams(app.tasks.find(envelope.task), envelope.params);
}

/** An error for the page. */
function shownError({ name, message, stack }: SerializedError): ShownError {
  return { name, message, stack: stack ?? null };
}
