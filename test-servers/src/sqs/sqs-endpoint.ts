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

/** How an endpoint differs from one that is quiet, orderly and well. */
export interface SqsEndpointOptions {
  /** Of every chance in it. Default 1. */
  readonly seed?: number;
  /** Whether messages of standard queues are stored and delivered in another order than they came. Default false. */
  readonly isShuffled?: boolean;
  /** How late each request may arrive, in ms. Default: what `JOBS_TEST_SQS_JITTER_MS` says, or 0. */
  readonly jitterMs?: number;
  /** Told of every request before it is done, for tests of what goes over the wire. */
  readonly onCall?: (call: SqsCall) => void;
}

/** An SQS for tests, at a real address. */
export interface SqsEndpoint extends AsyncDisposable {
  /** For `endpoint` of AWS's SDKs, or AWS_ENDPOINT_URL_SQS. Any credentials and any region will do. */
  readonly url: string;
  /** How often it was asked since the start or the last `resetRequests`; making queues by {@link createQueue} is not counted. */
  requests(): RequestCounts;
  resetRequests(): void;
  /** Makes a queue, as a person with other rights would. */
  createQueue(spec: QueueSpec): Promise<ProvisionedQueue>;
  /** Lets something go wrong from now on, until it is ended. Several faults meet a request one after the other. */
  play(fault: SqsFault): PlayedFault;
  /** Ends it, cutting polls in flight. */
  close(): Promise<void>;
}

/** Starts an SQS on a private port of this machine, empty and quiet. */
export async function startSqsEndpoint(options: SqsEndpointOptions = {}): Promise<SqsEndpoint> {
  const { seed = 1, isShuffled = false, jitterMs = jitterOfEnvironment(), onCall } = options;
  const random = seededRandom(seed);
  const counter = new RequestCounter(onCall);
  const faults = new FaultScript(random);
  const address = { url: "" };
  const emulator = createEmulator(() => address.url);
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
    close,
    [Symbol.asyncDispose]: close,
  };
}
