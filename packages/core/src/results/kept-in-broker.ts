import type { BrokerQueue } from "../broker/broker.ts";
import type { StoredMessage } from "../broker/stored-message.ts";
import { readEnvelope } from "../envelope/decode.ts";
import { type JsonValue, useOfId } from "../envelope/envelope.ts";
import { deadLetterError } from "../errors/serialized-error.ts";
import type { JobResult } from "./result-store.ts";

/** A queue to look into, with its name without prefix. */
export interface KeptQueue {
  readonly name: string;
  open(): Promise<BrokerQueue>;
}

/**
 * The outcome of a job that its queue keeps. Workers of another system know no result store, so this is the only place
 * where their outcomes are. `undefined` while there is none.
 */
export async function findKeptOutcome(
  queues: readonly KeptQueue[],
  id: string,
): Promise<JobResult | undefined> {
  for (const { name, open } of queues) {
    const queue = await open();
    if (!queue.capabilities.keepsFinished) continue;
    for (const state of ["succeeded", "dead"] as const) {
      const { messages } = await queue.peek({ state, id, limit: 1 });
      const [message] = messages;
      if (message !== undefined) return resultOf(message, id, name);
    }
  }
  return undefined;
}

function resultOf(message: StoredMessage, id: string, queue: string): JobResult {
  const { label, failureCount, succeeded, dead } = message;
  const envelope = readEnvelope(message);
  const about = {
    id,
    task: envelope?.task ?? label,
    queue,
    ...(envelope && { enqueuedAt: useOfId(envelope) }),
  };
  if (succeeded !== undefined) {
    const attempt = (failureCount ?? 0) + 1;
    return {
      ...about,
      status: "succeeded",
      value: readValue(succeeded.value),
      attempt,
      finishedAt: succeeded.at,
    };
  }
  const { reason = "exhausted", at = 0, error = deadLetterError(reason) } = dead ?? {};
  return { ...about, status: "dead", error, attempt: Math.max(1, failureCount ?? 1), finishedAt: at };
}

/** `null` for what another program wrote there and is not JSON. */
function readValue(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return null;
  }
}
