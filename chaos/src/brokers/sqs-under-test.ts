import { type SqsOptions, sqs } from "@jobs/adapter-sqs";
import type { BrokerUnderTest, Premises } from "./broker-under-test.ts";

/** The queue of the experiments. */
const QUEUE = "default";

/** Of a message of `bundlesUnderTest`: as many as a worker runs at once, and as many again, which wait in it. */
const JOBS_PER_MESSAGE = 20;

/** Starts an endpoint for each run. An outage takes the place of a crash: SQS itself loses nothing that it has confirmed. */
export const sqsUnderTest: BrokerUnderTest = {
  traits: { countsNoFailures: true },
  prepare,
  open: (endpoint) => openSqs(endpoint),
  async inspect(endpoint) {
    const { askSqs } = await import("@jobs/test-servers");
    let messages = 0;
    let leased = 0;
    for (const name of [QUEUE, deadLettersOf(QUEUE)]) {
      const { body: found } = await askSqs(endpoint, "GetQueueUrl", { QueueName: name });
      const asked = { QueueUrl: found.QueueUrl, AttributeNames: [READY, DELAYED, LEASED] };
      const { body } = await askSqs(endpoint, "GetQueueAttributes", asked);
      const counts = body.Attributes as Readonly<Record<string, string>>;
      leased += Number(counts[LEASED]);
      messages += Number(counts[READY]) + Number(counts[DELAYED]) + Number(counts[LEASED]);
    }
    return { messages, isSound: leased === 0 };
  },
};

/** The same with several jobs in a message. */
export const bundlesUnderTest: BrokerUnderTest = {
  ...sqsUnderTest,
  traits: { ...sqsUnderTest.traits, sharesLeases: true },
  open: (endpoint) => openSqs(endpoint, { jobsPerMessage: JOBS_PER_MESSAGE }),
};

/** A broker at an endpoint for tests. */
export function openSqs(endpoint: string, options: Pick<SqsOptions, "jobsPerMessage"> = {}) {
  const credentials = { accessKeyId: "AKIATEST", secretAccessKey: "not-a-secret" };
  return sqs({ endpoint, region: "us-east-1", client: { credentials }, ...options });
}

/** The dead-letter queue of a queue. */
export function deadLettersOf(queue: string): string {
  return `${queue}-dead`;
}

const READY = "ApproximateNumberOfMessages";
const DELAYED = "ApproximateNumberOfMessagesDelayed";
const LEASED = "ApproximateNumberOfMessagesNotVisible";

async function prepare(): Promise<Premises> {
  // Workers start often, and use the endpoint that this starts.
  const { startSqsEndpoint } = await import("@jobs/test-servers");
  const endpoint = await startSqsEndpoint();
  await endpoint.createQueue({ name: QUEUE, dlq: deadLettersOf(QUEUE) });
  let outage: Disposable | undefined;
  return {
    address: endpoint.url,
    crash: async () => {
      outage = endpoint.beginOutage();
    },
    start: async () => outage?.[Symbol.dispose](),
    [Symbol.asyncDispose]: () => endpoint.close(),
  };
}
