import type { OutgoingMessage, SendResult } from "@jobs/core/broker";
import { systemClock } from "@jobs/core/runtime";
import type { JobJson, RedisQueueBackend } from "bullmq";
import { PRIORITY_LEVELS } from "../capabilities.ts";
import { KIND, redisFault } from "../connection/redis-fault.ts";
import { toStoredId } from "../queue/message-key.ts";

/** The answers to the two commands of a message: whether it was stored before, and its id. */
type TransactionAnswer = readonly [error: Error | null, value: unknown];

/**
 * Stores messages in one transaction. BullMQ does not tell whether a job was stored before, so the transaction asks first.
 * Result i answers message i. @throws the error of the first message when none was stored.
 */
export async function storeMessages(
  backend: RedisQueueBackend,
  queue: string,
  messages: readonly OutgoingMessage[],
): Promise<readonly SendResult[]> {
  const transaction = (await backend.client).multi();
  await Promise.all(
    messages.map((message) => {
      const storedId = toStoredId(message.id);
      transaction.runCommand("exists", [backend.toKey(storedId)]);
      return backend.addJobToTransaction(transaction, toJob(message, storedId), storedId);
    }),
  );
  const answers = (await transaction.exec().catch(rethrowFirst)) as readonly TransactionAnswer[] | null;
  if (answers === null) throw new Error("the transaction was not run");
  const results = messages.map(({ id }, index): SendResult => {
    const [[, isStored] = [null, 0], [error] = [null]] = answers.slice(2 * index, 2 * index + 2);
    if (error !== null) {
      return { status: "failed", error: redisFault(error, { broker: KIND, queue, maybeDone: false }) };
    }
    return { status: isStored === 1 ? "duplicate" : "sent", messageId: id };
  });
  const [first] = results;
  if (first?.status === "failed" && results.every(({ status }) => status === "failed")) throw first.error;
  return results;
}

/** A job that holds the body as it is. Its priority is never 0: BullMQ runs jobs without one before all others. */
function toJob(
  { label, body, delayMs = 0, priority = 0, maxAttempts = 1 }: OutgoingMessage,
  storedId: string,
): JobJson {
  // BullMQ counts in whole milliseconds of this machine, so a part of one is added.
  const delay = delayMs === 0 ? 0 : Math.ceil(delayMs) + 1;
  return {
    id: storedId,
    name: label,
    data: body,
    opts: { attempts: maxAttempts, priority: PRIORITY_LEVELS - priority, ...(delay > 0 && { delay }) },
    timestamp: systemClock.now(),
    progress: 0,
    attemptsMade: 0,
    attemptsStarted: 0,
    stalledCounter: 0,
    failedReason: "",
    returnvalue: "",
  };
}

/** A transaction that was called off only says so: what called it off is the first of its errors. */
function rethrowFirst(error: unknown): never {
  const { previousErrors } = error as { readonly previousErrors?: readonly unknown[] };
  throw previousErrors?.[0] ?? error;
}
