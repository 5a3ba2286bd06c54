import type { SQS, SQSClientConfig } from "@aws-sdk/client-sqs";
import type { Contender, ContenderKind } from "./contender.ts";
import { USUAL_JOBS } from "./contender.ts";
import { type Shares, shareOut } from "./share-out.ts";

/** The message of a program without a job queue. */
export const BODY = JSON.stringify({ n: 1 });

/** One request for each step of each job, as a first simple program does it. */
export const oneByOne: ContenderKind = {
  name: "plain SDK, one by one",
  packages: ["@aws-sdk/client-sqs"],
  jobs: { full: 1_000, quick: 100 },
  open: (endpoint, prefix) => openSingles(endpoint, prefix, 1),
};

/** The same, with twenty loops at once. */
export const twentyAtOnce: ContenderKind = {
  name: "plain SDK, 20 concurrent",
  packages: ["@aws-sdk/client-sqs"],
  jobs: { full: 2_000, quick: 300 },
  open: (endpoint, prefix) => openSingles(endpoint, prefix, 20),
};

/** Only the necessary requests, written by hand: no envelope, no leases, no retries, and no call of a handler. */
export const byHand: ContenderKind = {
  name: "raw SDK, batches of 10, 4 pollers",
  packages: ["@aws-sdk/client-sqs"],
  jobs: USUAL_JOBS,
  open: (endpoint, prefix) => openBatches(endpoint, prefix, { callers: 4, size: 10 }),
};

type Open = ContenderKind["open"];
type Endpoint = Parameters<Open>[0];

/** A client made as in AWS's documentation. */
export async function clientBy(config: SQSClientConfig): Promise<SQS> {
  const { SQS } = await import("@aws-sdk/client-sqs");
  return new SQS(config);
}

async function openSingles(endpoint: Endpoint, prefix: string, callers: number): Promise<Contender> {
  const client = await clientBy(endpoint.client);
  const QueueUrl = endpoint.queueUrl(prefix);
  const shares: Shares = { callers, size: 1 };
  return {
    enqueue: (jobs) =>
      shareOut(jobs, shares, async () => {
        await client.sendMessage({ QueueUrl, MessageBody: BODY });
        return 1;
      }),
    consume: (jobs) =>
      shareOut(jobs, shares, async () => {
        const { Messages: [message] = [] } = await client.receiveMessage({ QueueUrl, WaitTimeSeconds: 1 });
        if (message === undefined) return 0;
        await client.deleteMessage({ QueueUrl, ReceiptHandle: message.ReceiptHandle });
        return 1;
      }),
  };
}

async function openBatches(endpoint: Endpoint, prefix: string, shares: Shares): Promise<Contender> {
  const client = await clientBy(endpoint.client);
  const QueueUrl = endpoint.queueUrl(prefix);
  return {
    enqueue: (jobs) =>
      shareOut(jobs, shares, async (count) => {
        const Entries = Array.from({ length: count }, (_, n) => ({ Id: String(n), MessageBody: BODY }));
        const { Successful = [] } = await client.sendMessageBatch({ QueueUrl, Entries });
        return Successful.length;
      }),
    consume: (jobs) =>
      shareOut(jobs, shares, async (count) => {
        const { Messages = [] } = await client.receiveMessage({
          QueueUrl,
          MaxNumberOfMessages: count,
          WaitTimeSeconds: 1,
        });
        if (Messages.length === 0) return 0;
        const Entries = Messages.map(({ ReceiptHandle }, n) => ({ Id: String(n), ReceiptHandle }));
        const { Successful = [] } = await client.deleteMessageBatch({ QueueUrl, Entries });
        return Successful.length;
      }),
  };
}
