import { createEmulator } from "./emulator.ts";
import { startFrontServer } from "./front-server.ts";
import { type ProvisionedQueue, provisionQueue, type QueueSpec } from "./provision-queue.ts";
import { RequestCounter, type RequestCounts } from "./request-counts.ts";
import type { SqsLayer, SqsService } from "./sqs-call.ts";

/** An SQS for tests, at a real address. */
export interface SqsEndpoint extends AsyncDisposable {
  /** For `endpoint` of AWS's SDKs, or AWS_ENDPOINT_URL_SQS. Any credentials and any region will do. */
  readonly url: string;
  /** How often it was asked since the start or the last `resetRequests`; making queues by {@link createQueue} is not counted. */
  requests(): RequestCounts;
  resetRequests(): void;
  /** Makes a queue, as a person with other rights would. */
  createQueue(spec: QueueSpec): Promise<ProvisionedQueue>;
  /** Ends it, cutting polls in flight. */
  close(): Promise<void>;
}

/** Starts an SQS on a private port of this machine, empty and quiet. */
export async function startSqsEndpoint(): Promise<SqsEndpoint> {
  const counter = new RequestCounter();
  const address = { url: "" };
  const emulator = createEmulator(() => address.url);
  const server = await startFrontServer(inFrontOf(emulator.service, [counter.layer]));
  address.url = `http://127.0.0.1:${server.port}`;
  const close = async () => {
    await server.close();
    await emulator.close();
  };
  return {
    url: address.url,
    requests: () => counter.counts(),
    resetRequests: () => counter.reset(),
    createQueue: (spec) => provisionQueue(emulator.service, spec),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The first layer sees a call first. */
function inFrontOf(service: SqsService, layers: readonly SqsLayer[]): SqsService {
  return layers.reduceRight<SqsService>((next, layer) => (call) => layer(call, next), service);
}
