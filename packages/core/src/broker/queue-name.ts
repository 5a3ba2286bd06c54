import { ConfigError } from "../errors/config-errors.ts";
import { didYouMean } from "../options/did-you-mean.ts";

/**
 * Names that every broker accepts. SQS allows letters, digits, `-` and `_`, up to 80 characters, and a `.` only before
 * `fifo`.
 */
const QUEUE_NAME = /^[A-Za-z0-9_.-]{1,80}$/;

/** The default queue of a store whose jobs a relay sends to their broker, see `createOutbox`. */
export const OUTBOX_QUEUE = "outbox";

/** The default queue of a spool, see `failover`. */
export const FAILOVER_QUEUE = "failover";

/** The queue of a store that has a row for each job that is done, see `createInbox`. */
export const INBOX_QUEUE = "inbox";

/** The queue of a task's jobs, without prefix: its own, or `queue__domain` for a domain's workers. */
export function routedQueue(queue: string, domain: string | undefined): string {
  return domain === undefined ? queue : `${queue}__${domain}`;
}

/**
 * The full name of a queue on the broker: prefix + queue.
 * @throws ConfigError when the result is not 1 to 80 letters, digits, `_`, `.` or `-`.
 */
export function fullQueueName(prefix: string, queue: string): string {
  const name = `${prefix}${queue}`;
  if (queue === "" || !QUEUE_NAME.test(name)) {
    throw new ConfigError(`queue name ${JSON.stringify(name.slice(0, 100))} is not usable.`, {
      hint: "Use 1 to 80 letters, digits, underscores, dots or dashes, prefix and domain included.",
    });
  }
  return name;
}

/** A warning about one queue, in words. */
export interface QueueWarning {
  readonly message: string;
  readonly hint: string;
}

/** The warning about a queue that no task of an app uses, which is most often a typing error. `used`: those in use. */
export function unusedQueue(name: string, used: readonly string[]): QueueWarning {
  const similar = didYouMean(name, used);
  return {
    message: `no task uses the queue ${JSON.stringify(name)}.`,
    hint: similar === undefined ? `Queues in use: ${used.join(", ")}.` : `Did you mean ${similar}?`,
  };
}
