import type { SqsLink } from "../client/sqs-link.ts";
import { readCount } from "./queue-attributes.ts";
import type { QueueRecord } from "./queue-registry.ts";

/** Approximate numbers of a queue's messages. SQS counts waiting retries as leased, since visibility hides both. */
export interface StoredCounts {
  readonly ready: number;
  readonly delayed: number;
  readonly leased: number;
}

const COUNTS = {
  ready: "ApproximateNumberOfMessages",
  delayed: "ApproximateNumberOfMessagesDelayed",
  leased: "ApproximateNumberOfMessagesNotVisible",
} as const;

/** Asks for the counts of a queue. @throws JobsError also when a count is missing, which does not mean 0 */
export async function readCounts(link: SqsLink, { url, fullName }: QueueRecord): Promise<StoredCounts> {
  return link.call({
    queue: fullName,
    async run(client) {
      const AttributeNames = Object.values(COUNTS);
      const { Attributes = {} } = await client.getQueueAttributes({ QueueUrl: url, AttributeNames });
      const read = (name: (typeof AttributeNames)[number]) => readCount(name, Attributes[name]);
      return { ready: read(COUNTS.ready), delayed: read(COUNTS.delayed), leased: read(COUNTS.leased) };
    },
  });
}
