import { type BenchCase, byScale } from "../../harness/bench-case.ts";
import { percentile } from "../../harness/spread.ts";
import { noop } from "../../load/noop-app.ts";
import { openJobs } from "./jobs-contender.ts";
import { MeasuredSqs } from "./measured-sqs.ts";
import { BODY, clientBy, oneByOne } from "./sdk-contenders.ts";

type Send = () => Promise<unknown>;

/** The columns beside other cases of the same contenders. */
const COLUMNS = { jobs: "jobs", "plain SDK": oneByOne.name } as const;

/** A caller that waits for each send before the next. */
function loneSend(
  by: keyof typeof COLUMNS,
  call: string,
  open: (endpoint: MeasuredSqs, prefix: string) => Promise<Send>,
): BenchCase {
  return {
    name: `${by}, ${call}`,
    row: { broker: "SQS", work: "lone send", by: COLUMNS[by] },
    units: { "send p50": "ms", "send p99": "ms" },
    async run(scale) {
      const sends = byScale(scale, 2_000, 300);
      const prefix = "measured-";
      const send = await open(await MeasuredSqs.start([prefix]), prefix);
      await latenciesOf(send, sends / 2);
      const latencies = await latenciesOf(send, sends);
      return { "send p50": percentile(latencies, 0.5), "send p99": percentile(latencies, 0.99) };
    },
  };
}

/** In ms, ascending. */
async function latenciesOf(send: Send, count: number): Promise<readonly number[]> {
  const latencies: number[] = [];
  for (let n = 0; n < count; n++) {
    const sentAt = performance.now();
    await send();
    latencies.push(performance.now() - sentAt);
  }
  return latencies.sort((a, b) => a - b);
}

/** `enqueue()`. */
export const loneEnqueue = loneSend("jobs", "lone enqueue()", async (endpoint, prefix) => {
  const app = openJobs(endpoint, prefix);
  return () => app.enqueue(noop, { n: 1 });
});

/** SendMessage. */
export const loneSendMessage = loneSend("plain SDK", "lone SendMessage", async (endpoint, prefix) => {
  const client = await clientBy(endpoint.client);
  const message = { QueueUrl: endpoint.queueUrl(prefix), MessageBody: BODY };
  return () => client.sendMessage(message);
});
