import type { SQSClientConfig } from "@aws-sdk/client-sqs";
import { ConfigError } from "@jobs/core";

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
