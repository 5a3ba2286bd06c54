import type { Message, SQS } from "@aws-sdk/client-sqs";
import type { ContenderKind as Shared } from "../../contenders/contender.ts";
import { createCountdown } from "../../load/countdown.ts";
import { type ContenderKind, USUAL_JOBS } from "./contender.ts";
import { clientOf } from "./measured-sqs.ts";
import { BODY, clientBy } from "./sdk-contenders.ts";
import { shareOut } from "./share-out.ts";

/** Messages in one call of a producer. It splits them into batches of ten and sends these one after the other. */
const CHUNK = 100;

/** How many producers and consumers work at the same time. */
interface Team {
  readonly producers: number;
  readonly consumers: number;
}

const FOUR: Team = { producers: 1, consumers: 4 };

const PACKAGES = ["sqs-consumer", "sqs-producer", "@aws-sdk/client-sqs"];

/** sqs-producer and sqs-consumer in their fastest mode: batches of ten, with one call of the handler for each batch. */
async function openTeam(sqs: SQS, queueUrl: string, { producers, consumers }: Team, onRun: () => unknown) {
  const [{ Producer }, { Consumer }] = await Promise.all([import("sqs-producer"), import("sqs-consumer")]);
  const producer = Producer.create({ queueUrl, sqs });
  const handleMessageBatch = async (messages: Message[]) => {
    await Promise.all(messages.map(() => onRun()));
    return messages;
  };
  const team = Array.from({ length: consumers }, () =>
    Consumer.create({ queueUrl, sqs, batchSize: 10, handleMessageBatch }),
  );
  return {
    send: (count: number, body: string) =>
      shareOut(count, { callers: producers, size: CHUNK }, async (share) => {
        const messages = Array.from({ length: share }, (_, n) => ({ id: String(n), body }));
        return (await producer.send(messages)).length;
      }),
    async consume(jobs: number) {
      const done = createCountdown(jobs);
      for (const consumer of team) consumer.on("message_processed", done.hit).start();
      await done.reached;
      for (const consumer of team) consumer.stop();
    },
    serve() {
      for (const consumer of team) consumer.start();
    },
  };
}

function sqsConsumer(name: string, team: Team): ContenderKind {
  return {
    name: `sqs-consumer, ${name}`,
    packages: PACKAGES,
    jobs: USUAL_JOBS,
    async open(endpoint, prefix) {
      const sqs = await clientBy(endpoint.client);
      const { send, consume } = await openTeam(sqs, endpoint.queueUrl(prefix), team, () => {});
      return { enqueue: (jobs) => send(jobs, BODY), consume };
    },
  };
}

/** One of each. */
export const oneConsumer = sqsConsumer("one", { producers: 1, consumers: 1 });

/** More consumers only, which is the usual way to more throughput. */
export const fourConsumers = sqsConsumer("four", FOUR);

/** The fastest setting of both. */
export const fourOfEach = sqsConsumer("four, four producers", { producers: 4, consumers: 4 });

/** Four consumers beside the contenders of other brokers. They take ten messages each, whatever the concurrency is. */
export const sqsConsumerContender: Shared = {
  name: "sqs-consumer, four",
  isBatched: true,
  packages: PACKAGES,
  async open(queueUrl, onRun) {
    const sqs = await clientBy(clientOf(queueUrl));
    const { send, consume, serve } = await openTeam(sqs, queueUrl, FOUR, onRun);
    const textOf = (text: string | undefined) => (text === undefined ? BODY : JSON.stringify({ text }));
    return {
      enqueue: () => send(1, BODY),
      enqueueText: (text) => send(1, textOf(text)),
      fill: (jobs, text) => send(jobs, textOf(text)),
      consume,
      serve: async () => serve(),
      close: async () => sqs.destroy(),
    };
  },
};
