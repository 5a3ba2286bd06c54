import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { SQSClientConfig } from "@aws-sdk/client-sqs";
import { ConfigError } from "@jobs/core";
import { checkArgument, isObject, optionRules } from "@jobs/core/runtime";
import type { Agents, HttpRequestStyle } from "../direct/http-request.ts";

/** The SQS to connect to. Defaults are those of every AWS program: environment, profile, the machine's role. */
export interface ClientOptions {
  /** `eu-west-1`. Default: the SDK's own search (`AWS_REGION`, profile). */
  readonly region?: string;
  /** The URL of another endpoint than the region's. Default: the SDK's own search (`AWS_ENDPOINT_URL_SQS`). */
  readonly endpoint?: string;
  /** Further options of the SDK: credentials, proxies, agents. */
  readonly client?: SQSClientConfig;
  /**
   * How requests for messages are sent. Default: `direct`, which needs much less processor time. In AWS Lambda, or with
   * options in `client` besides endpoint and credentials, the default is `sdk`.
   */
  readonly transport?: Transport;
}

/** Time limit for a connection, in ms, since an enqueue has to answer within 5 s. */
const CONNECT_MS = 3_000;

/** After this time without an answer a connection is cut, in ms. Callers wait at most 10 s. */
const SILENT_MS = 12_000;

/** Enough for the polls of many queues and other requests. */
const MAX_SOCKETS = 200;

/**
 * How long an idle connection is kept, in ms. AWS would close it later, perhaps during a send. The result of that send
 * would be unknown.
 */
const IDLE_MS = 10_000;

const AGENT = { keepAlive: true, maxSockets: MAX_SOCKETS, timeout: IDLE_MS };

/** Defaults of every client, which the user's options override. */
const DEFAULTS: SQSClientConfig = {
  // No retries of the SDK: core and this package decide what may be repeated, and for how long.
  maxAttempts: 1,
  // A queue's URL contains the answering host, so using it as endpoint would bypass a proxy.
  useQueueUrlAsEndpoint: false,
};

/** How requests of one client are sent, with and without the SDK: both share connections. */
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
    // Otherwise the SDK builds the same middleware for each request, a quarter of its cost. With an old retry strategy
    // cached middleware would keep every request in memory.
    cacheMiddleware: client?.retryStrategy === undefined,
    ...client,
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
  };
}

/**
 * @throws ConfigError for an endpoint that is not a URL, for a transport that the other options exclude, and for a time
 *   that the SDK's timers cannot hold
 */
export function checkClientOptions({ endpoint, client, transport }: ClientOptions): void {
  chooseTransport(transport, client);
  checkTimes(client?.requestHandler);
  if (endpoint === undefined || (URL.canParse(endpoint) && /^https?:$/.test(new URL(endpoint).protocol)))
    return;
  throw new ConfigError("sqs: the endpoint must be a URL.", {
    hint: "Write http://host:port or https://host, or leave it out for AWS itself.",
  });
}

/** Times that the SDK hands to a timer; 0 stands for no limit. */
const HANDLER_TIMES = [
  "connectionTimeout",
  "requestTimeout",
  "socketTimeout",
  "socketAcquisitionWarningTimeout",
] as const;

/** Checks options of the SDK's HTTP handler. A handler that is made already keeps its own to itself. */
function checkTimes(handler: SQSClientConfig["requestHandler"]): void {
  if (!isObject(handler) || "handle" in handler) return;
  for (const name of HANDLER_TIMES) {
    const value = handler[name];
    if (value !== undefined)
      checkArgument(value, `sqs: client.requestHandler.${name}`, optionRules.timerMs());
  }
}

/**
 * How requests for messages are sent. `direct`: without the SDK, which handles only failures. `sdk`: with the SDK. In
 * both cases the SDK finds region, endpoint and credentials, and sends rare requests.
 */
export type Transport = "direct" | "sdk";

/** Options that the direct transport supports. All others may change requests or how they are sent. */
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

/** Options that may be functions, which only the SDK calls. */
const PLAIN: readonly (keyof SQSClientConfig)[] = ["endpoint", "md5", "region"];

/** When it is set, the SDK marks requests, so that AWS can stop loops of functions. */
const IN_LAMBDA = "AWS_LAMBDA_FUNCTION_NAME";

/**
 * The transport of a client: the chosen one, else `direct` if the options allow it. @throws ConfigError when they do
 * not allow the chosen one
 */
export function chooseTransport(wanted: Transport | undefined, client: SQSClientConfig = {}): Transport {
  if (wanted === "sdk") return wanted;
  const obstacle = obstacleOf(client);
  if (obstacle === undefined) return "direct";
  if (wanted === undefined) return "sdk";
  throw new ConfigError(`sqs: the transport direct cannot be used because of ${obstacle}.`, {
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
