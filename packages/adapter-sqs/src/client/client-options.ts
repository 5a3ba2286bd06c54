import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { SQSClientConfig } from "@aws-sdk/client-sqs";
import { ConfigError } from "@jobs/core";
import type { Agents, HttpRequestStyle } from "../direct/http-request.ts";

/** Which SQS. What is left out comes from where every AWS program takes it: environment, profile, the machine's role. */
export interface ClientOptions {
  /** `eu-west-1`. Default: the SDK's own search (`AWS_REGION`, profile). */
  readonly region?: string;
  /** Another address than the region's, for an endpoint of your own. Default: the SDK's own search (`AWS_ENDPOINT_URL_SQS`). */
  readonly endpoint?: string;
  /** The SDK's own options for all else: credentials, proxies, agents. */
  readonly client?: SQSClientConfig;
  /**
   * How requests for messages travel. Default: `direct`, at a fraction of the processor's time; `sdk` where `client` says
   * more than where and who, or in AWS Lambda.
   */
  readonly transport?: Transport;
}

/** After so long without a connection it counts as unreachable, in ms: an enqueue has its answer within 5 s. */
const CONNECT_MS = 3_000;

/** Whoever asked waits no longer than 10 s; a connection that is still silent after so many ms is dead, and cut. */
const SILENT_MS = 12_000;

/** Room for the polls of many queues, and all that goes on beside them. */
const MAX_SOCKETS = 200;

/**
 * An idle connection is closed after so long, in ms: before AWS does it, which would cost a send that was just beginning
 * its certainty.
 */
const IDLE_MS = 10_000;

const AGENT = { keepAlive: true, maxSockets: MAX_SOCKETS, timeout: IDLE_MS };

/** What holds for every client, unless the user's own options say otherwise. */
const DEFAULTS: SQSClientConfig = {
  // Core and this package know what may be repeated, and for how long; two policies on top of each other know nothing.
  maxAttempts: 1,
  // A queue's address names the host that answered; a proxy in front of it would be left out from then on.
  useQueueUrlAsEndpoint: false,
};

/** How requests of one client are sent, whoever sends them: connections are shared. */
export function exchangeStyle(): HttpRequestStyle {
  const agents: Agents = { http: new HttpAgent(AGENT), https: new HttpsAgent(AGENT) };
  return { agents, connectMs: CONNECT_MS, answerMs: SILENT_MS };
}

/** The options of the SDK's client. */
export function clientConfig(
  { region, endpoint, client }: ClientOptions,
  { agents, connectMs, answerMs }: HttpRequestStyle,
): SQSClientConfig {
  return {
    ...DEFAULTS,
    requestHandler: {
      connectionTimeout: connectMs,
      requestTimeout: answerMs,
      throwOnRequestTimeout: true,
      httpAgent: agents.http,
      httpsAgent: agents.https,
    },
    // Else the SDK puts the same steps together for each request, a fourth of what a request costs. Under a retry
    // strategy of its old kind they would remember every request.
    cacheMiddleware: client?.retryStrategy === undefined,
    ...client,
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
  };
}

/** @throws ConfigError for an endpoint that is no address, and for a transport that the other options rule out. */
export function checkClientOptions({ endpoint, client, transport }: ClientOptions): void {
  chooseTransport(transport, client);
  if (endpoint === undefined || (URL.canParse(endpoint) && /^https?:$/.test(new URL(endpoint).protocol)))
    return;
  throw new ConfigError("sqs: the endpoint is no address.", {
    hint: "Write http://host:port or https://host, or leave it out for AWS itself.",
  });
}

/**
 * How requests for messages travel. `direct`: past the steps of the SDK, which is told only of what fails. `sdk`: through them.
 * Either way the SDK finds region, endpoint and credentials, and sends all that is seldom asked.
 */
export type Transport = "direct" | "sdk";

/** What the direct way takes over from the SDK. All else may change what requests look like or how they go. */
const KNOWN: ReadonlySet<keyof SQSClientConfig> = new Set([
  "cacheMiddleware",
  "credentials",
  "customUserAgent",
  "defaultsMode",
  "endpoint",
  "maxAttempts",
  "md5",
  "profile",
  "region",
  "useDualstackEndpoint",
  "useFipsEndpoint",
  "userAgentAppId",
]);

/** These may also be functions, which the SDK would ask. */
const PLAIN: readonly (keyof SQSClientConfig)[] = ["endpoint", "md5", "region"];

/** Where it is set, the SDK marks requests so that functions that call each other in a circle are stopped. */
const IN_LAMBDA = "AWS_LAMBDA_FUNCTION_NAME";

/** How a client's requests travel: as it is said, else directly where nothing speaks against it. @throws ConfigError where something does */
export function chooseTransport(wanted: Transport | undefined, client: SQSClientConfig = {}): Transport {
  if (wanted === "sdk") return wanted;
  const obstacle = obstacleOf(client);
  if (obstacle === undefined) return "direct";
  if (wanted === undefined) return "sdk";
  throw new ConfigError(`sqs: no request can go directly because of ${obstacle}.`, {
    hint: 'Leave transport out, or write transport: "sdk".',
  });
}

function obstacleOf(client: SQSClientConfig): string | undefined {
  if (process.env[IN_LAMBDA] !== undefined) return `the environment variable ${IN_LAMBDA}`;
  for (const [name, value] of Object.entries(client)) {
    const key = name as keyof SQSClientConfig;
    if (value === undefined) continue;
    if (!KNOWN.has(key)) return `client.${name}`;
    if (PLAIN.includes(key) && typeof value === "function") return `client.${name}, which is a function`;
  }
  return undefined;
}
