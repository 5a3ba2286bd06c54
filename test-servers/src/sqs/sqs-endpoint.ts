import { seededRandom } from "@jobs/core/testing";
import { createEmulator } from "./emulator.ts";
import type { PlayedFault, SqsFault } from "./faults/fault.ts";
import { FaultScript } from "./faults/fault-script.ts";
import { jitter, jitterOfEnvironment } from "./faults/jitter.ts";
import { shuffle } from "./faults/shuffle.ts";
import { startFrontServer } from "./front-server.ts";
import { inFrontOf } from "./protocol/in-front-of.ts";
import type { SqsCall } from "./protocol/sqs-call.ts";
import { type ProvisionedQueue, provisionQueue, type QueueSpec } from "./provision-queue.ts";
import { RequestCounter, type RequestCounts } from "./request-counts.ts";
import { answerAsAws } from "./rules/answer-as-aws.ts";
import { keepAstral } from "./rules/keep-astral.ts";
import { moveTasks } from "./rules/move-tasks.ts";
import { queueRules } from "./rules/queue-rules.ts";
import { refuseAsAws } from "./rules/refuse-as-aws.ts";
import { tellOrigin } from "./rules/tell-origin.ts";

/** Options of an endpoint. The default has no jitter, keeps the order and has no faults. */
export interface SqsEndpointOptions {
  /** The seed of all its randomness. Default 1. */
  readonly seed?: number;
  /** Whether standard queues store and deliver messages in another order than they arrived. Default false. */
  readonly isShuffled?: boolean;
  /** The longest delay of a request, in ms. Default: `JOBS_TEST_SQS_JITTER_MS`, or 0. */
  readonly jitterMs?: number;
  /** Called with every request before it is done, for tests of the requests. */
  readonly onCall?: (call: SqsCall) => void;
}

/** An SQS for tests, at a real address. */
export interface SqsEndpoint extends AsyncDisposable {
  /** For `endpoint` of AWS's SDKs, or AWS_ENDPOINT_URL_SQS. Any credentials and any region will do. */
  readonly url: string;
  /** The requests since the start or the last `resetRequests`, without those of {@link createQueue}. */
  requests(): RequestCounts;
  resetRequests(): void;
  /** Creates a queue, like a person with the rights for it. */
  createQueue(spec: QueueSpec): Promise<ProvisionedQueue>;
  /** Causes a fault until it is ended. Several faults affect a request one after the other. */
  play(fault: SqsFault): PlayedFault;
  /**
   * Nobody can reach it until the outage is disposed of. What was asked before is done, and its answer is lost. Messages
   * and their leases stay.
   */
  beginOutage(): Disposable;
  /** Ends it and cuts polls in flight. */
  close(): Promise<void>;
}

/** Starts an SQS without queues on a private port of this machine. */
export async function startSqsEndpoint(options: SqsEndpointOptions = {}): Promise<SqsEndpoint> {
  const { seed = 1, isShuffled = false, jitterMs = jitterOfEnvironment(), onCall } = options;
  const random = seededRandom(seed);
  const counter = new RequestCounter(onCall);
  const faults = new FaultScript(random);
  const address = { url: "" };
  const emulator = await createEmulator(() => address.url);
  const sqs = inFrontOf(emulator.service, [
    refuseAsAws,
    queueRules(),
    moveTasks(),
    tellOrigin(),
    answerAsAws,
    keepAstral,
  ]);
  const layers = [
    ...(jitterMs > 0 ? [jitter(jitterMs, seededRandom(seed))] : []),
    counter.layer,
    faults.layer,
    ...(isShuffled ? [shuffle(random)] : []),
  ];
  const server = await startFrontServer(inFrontOf(sqs, layers));
  address.url = `http://127.0.0.1:${server.port}`;
  const close = async () => {
    await server.close();
    await emulator.close();
  };
  return {
    url: address.url,
    requests: () => counter.counts(),
    resetRequests: () => counter.reset(),
    createQueue: (spec) => provisionQueue(sqs, spec),
    play: (fault) => faults.play(fault),
    beginOutage: () => server.beginOutage(),
    close,
    [Symbol.asyncDispose]: close,
  };
}
