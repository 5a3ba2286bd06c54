import type { SqsLink } from "../client/sqs-link.ts";
import type { QueueRecord } from "./queue-book.ts";

/** About how many messages a queue has. SQS counts retries that wait as leased: both are hidden by visibility. */
export interface StoredCounts {
  readonly ready: number;
  readonly delayed: number;
  readonly leased: number;
}

/** Asks for the counts of a queue. */
export async function readCounts(link: SqsLink, { url, fullName }: QueueRecord): Promise<StoredCounts> {
  const { Attributes = {} } = await link.call({
    queue: fullName,
    run: (client) =>
      client.getQueueAttributes({
        QueueUrl: url,
        AttributeNames: [
          "ApproximateNumberOfMessages",
          "ApproximateNumberOfMessagesDelayed",
          "ApproximateNumberOfMessagesNotVisible",
        ],
      }),
  });
  return {
    ready: Number(Attributes.ApproximateNumberOfMessages ?? 0),
    delayed: Number(Attributes.ApproximateNumberOfMessagesDelayed ?? 0),
    leased: Number(Attributes.ApproximateNumberOfMessagesNotVisible ?? 0),
  };
}
