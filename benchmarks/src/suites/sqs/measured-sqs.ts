import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { SQSClientConfig } from "@aws-sdk/client-sqs";
import type { MeasuredBroker } from "../../contenders/contender.ts";

const PROGRAM = new URL("./endpoint-process.js", import.meta.url);

/** How much an endpoint was used since its start. */
export interface EndpointUse {
  readonly requests: number;
  /** As AWS bills them: each started 64 KiB of a request is one. */
  readonly billed: number;
  /** Processor time in µs. */
  readonly cpuUs: number;
}

/** Where an endpoint is. */
interface Endpoint {
  readonly url: string;
  /** Addresses of its queues by prefix. */
  readonly queues: Readonly<Record<string, string>>;
}

/** The options of every client of an endpoint, ours and theirs. `url`: of the endpoint, or of a queue of it. */
export function clientOf(url: string): SQSClientConfig {
  return {
    endpoint: new URL(url).origin,
    region: "us-east-1",
    credentials: { accessKeyId: "AKIABENCH", secretAccessKey: "not-a-secret" },
  };
}

/** The prefix of a stage's queue, whose address is its target. */
export const STAGE_PREFIX = "measured-";

/** An endpoint as the broker of a stage. */
export async function startMeasuredSqs(): Promise<MeasuredBroker> {
  const endpoint = await MeasuredSqs.start([STAGE_PREFIX]);
  return {
    target: endpoint.queueUrl(STAGE_PREFIX),
    cpuMs: async () => (await endpoint.use()).cpuUs / 1_000,
    usedBytes: () => undefined,
    billedRequests: async () => (await endpoint.use()).billed,
    [Symbol.asyncDispose]: () => endpoint.close(),
  };
}

/** The endpoint of one run, which reports its use. It ends with this process. */
export class MeasuredSqs {
  /** For every client, ours and theirs. */
  readonly client: SQSClientConfig;
  readonly #child: ChildProcess;
  readonly #endpoint: Endpoint;

  private constructor(child: ChildProcess, endpoint: Endpoint) {
    this.#child = child;
    this.#endpoint = endpoint;
    this.client = clientOf(endpoint.url);
  }

  /** Starts one that has an empty queue "default" of each prefix. */
  static async start(prefixes: readonly string[]): Promise<MeasuredSqs> {
    const child = fork(PROGRAM, prefixes, { execArgv: [] });
    const [endpoint] = (await once(child, "message")) as [Endpoint];
    return new MeasuredSqs(child, endpoint);
  }

  /** The address of the queue of a prefix. @throws RangeError for one that it was not started with. */
  queueUrl(prefix: string): string {
    const url = this.#endpoint.queues[prefix];
    if (url === undefined) throw new RangeError(`the endpoint has no queue of prefix "${prefix}".`);
    return url;
  }

  async use(): Promise<EndpointUse> {
    const answer = once(this.#child, "message");
    this.#child.send("use");
    const [use] = (await answer) as [EndpointUse];
    return use;
  }

  /** Ends it before this process does. */
  async close(): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.disconnect();
    await ended;
  }
}
