import type { Message } from "@aws-sdk/client-sqs";
import { createCountdown } from "../../load/countdown.ts";
import { type ContenderKind, USUAL_JOBS } from "./contender.ts";
import { BODY, plainClient } from "./sdk-contenders.ts";
import { shareOut } from "./share-out.ts";

/** So many messages one call of a producer is given: it splits them into batches of ten, which go one after the other. */
const CHUNK = 100;

/** sqs-producer and sqs-consumer where they are fastest: batches of ten, for which the handler is called once. */
function sqsConsumer(name: string, count: number): ContenderKind {
  return {
    name,
    jobs: USUAL_JOBS,
    async open(endpoint, prefix) {
      const [{ Producer }, { Consumer }] = await Promise.all([
        import("sqs-producer"),
        import("sqs-consumer"),
      ]);
      const sqs = await plainClient(endpoint);
      const queueUrl = endpoint.queueUrl(prefix);
      const producer = Producer.create({ queueUrl, sqs });
      const handleMessageBatch = async (messages: Message[]) => messages;
      const consumers = Array.from({ length: count }, () =>
        Consumer.create({ queueUrl, sqs, batchSize: 10, handleMessageBatch }),
      );
      return {
        enqueue: (jobs) =>
          shareOut(jobs, { callers: count, size: CHUNK }, async (share) => {
            const messages = Array.from({ length: share }, (_, n) => ({ id: String(n), body: BODY }));
            return (await producer.send(messages)).length;
          }),
        async consume(jobs) {
          const done = createCountdown(jobs);
          for (const consumer of consumers) consumer.on("message_processed", done.hit).start();
          await done.reached;
          for (const consumer of consumers) consumer.stop();
        },
      };
    },
  };
}

/** One of each. */
export const oneConsumer = sqsConsumer("sqs-consumer, one, by batches", 1);

/** Four of each. */
export const fourConsumers = sqsConsumer("sqs-consumer, four, by batches", 4);
