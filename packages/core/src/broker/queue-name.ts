import { ConfigError } from "../errors/config-errors.ts";

/** What every broker can carry as a name (SQS: letters, digits, `-` and `_`, up to 80 characters; a `.` only before `fifo`). */
const QUEUE_NAME = /^[A-Za-z0-9_.-]{1,80}$/;

/**
 * The full name of a queue on the broker: prefix + queue, and `__domain` where jobs are routed to a domain's workers.
 * @throws ConfigError when the result is not 1 to 80 letters, digits, `_`, `.` or `-`.
 */
export function fullQueueName(prefix: string, queue: string, domain?: string): string {
  const name = domain === undefined ? `${prefix}${queue}` : `${prefix}${queue}__${domain}`;
  if (queue === "" || !QUEUE_NAME.test(name)) {
    throw new ConfigError(`queue name ${JSON.stringify(name.slice(0, 100))} is not usable.`, {
      hint: "Use 1 to 80 letters, digits, underscores, dots or dashes, prefix and domain included.",
    });
  }
  return name;
}
