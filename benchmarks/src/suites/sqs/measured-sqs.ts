import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { SQSClientConfig } from "@aws-sdk/client-sqs";

const PROGRAM = new URL("./endpoint-process.js", import.meta.url);

/** How much an endpoint was used since its start. */
export interface EndpointUse {
  readonly requests: number;
  /** Processor time in µs. */
  readonly cpuUs: number;
}

/** Where an endpoint is. */
interface Endpoint {
  readonly url: string;
  /** Addresses of its queues by prefix. */
  readonly queues: Readonly<Record<string, string>>;
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
    this.client = {
      endpoint: endpoint.url,
      region: "us-east-1",
      credentials: { accessKeyId: "AKIABENCH", secretAccessKey: "not-a-secret" },
    };
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
}
