import { ConfigError } from "@jobs/core";
import { fullQueueName } from "@jobs/core/broker";

const STANDARD = /^[A-Za-z0-9_-]{1,80}$/;
const FIFO = /^[A-Za-z0-9_-]{1,75}\.fifo$/;

/**
 * The name on SQS: prefix + name. The suffix of a FIFO queue stays at the end, also after a domain.
 * @throws ConfigError for a name that SQS refuses.
 */
export function sqsName(prefix: string, name: string): string {
  const full = fullQueueName(prefix, name).replace(/^([^.]*)\.fifo(__.+)$/, "$1$2.fifo");
  if (STANDARD.test(full) || FIFO.test(full)) return full;
  throw new ConfigError(`queue name ${JSON.stringify(full)} is not valid on SQS.`, {
    hint: "Use 1 to 80 letters, digits, underscores and dashes, prefix and domain included; FIFO queues end in .fifo.",
  });
}

/** Whether a name is one of a FIFO queue. */
export function isFifoName(fullName: string): boolean {
  return fullName.endsWith(".fifo");
}
