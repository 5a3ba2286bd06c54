import type { SqsLink } from "../client/sqs-link.ts";
import { readCount } from "./queue-attributes.ts";
import type { QueueRecord } from "./queue-registry.ts";

/** About how many messages a queue has. SQS counts retries that wait as leased: both are hidden by visibility. */
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

/** Asks for the counts of a queue. @throws JobsError also when one is missing: that is no 0 */
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
