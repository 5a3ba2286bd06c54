import type { Message } from "@aws-sdk/client-sqs";
import { createCountdown } from "../../load/countdown.ts";
import { type ContenderKind, USUAL_JOBS } from "./contender.ts";
import { BODY, plainClient } from "./sdk-contenders.ts";
import { shareOut } from "./share-out.ts";

/** Messages in one call of a producer. It splits them into batches of ten and sends these one after the other. */
const CHUNK = 100;

/** How many producers and consumers work at the same time. */
interface Team {
  readonly producers: number;
  readonly consumers: number;
}

/** sqs-producer and sqs-consumer in their fastest mode: batches of ten, with one call of the handler for each batch. */
function sqsConsumer(name: string, team: Team): ContenderKind {
  return {
    name: `sqs-consumer, ${name}`,
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
      const consumers = Array.from({ length: team.consumers }, () =>
        Consumer.create({ queueUrl, sqs, batchSize: 10, handleMessageBatch }),
      );
      return {
        enqueue: (jobs) =>
          shareOut(jobs, { callers: team.producers, size: CHUNK }, async (share) => {
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
export const oneConsumer = sqsConsumer("one", { producers: 1, consumers: 1 });

/** More consumers only, which is the usual way to more throughput. */
export const fourConsumers = sqsConsumer("four", { producers: 1, consumers: 4 });

/** The fastest setting of both. */
export const fourOfEach = sqsConsumer("four, four producers", { producers: 4, consumers: 4 });
