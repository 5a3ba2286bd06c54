import type { SQS } from "@aws-sdk/client-sqs";
import { ConfigError } from "@jobs/core";
import { DirectTransport } from "../direct/direct-transport.ts";
import { refuseUnreadable } from "./check-answer.ts";
import { type ClientOptions, clientConfig, exchangeStyle } from "./client-options.ts";
import { chooseTransport } from "./transport.ts";

/** The SDK's switch for its remark about coming Node versions, which a command would print before its own output. */
const QUIET = "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED";

/** Makes a client; the SDK is loaded with the first. @throws ConfigError when it is not installed. */
export async function createClient(options: ClientOptions): Promise<SQS> {
  process.env[QUIET] ??= "true";
  const { SQS } = await loadSdk();
  const style = exchangeStyle();
  const client = new SQS(clientConfig(options, style));
  // It copies each request and each answer for a log that nobody has asked for.
  if (options.client?.logger === undefined) client.middlewareStack.remove("loggerMiddleware");
  refuseUnreadable(client);
  if (chooseTransport(options.transport, options.client) === "direct")
    new DirectTransport(client, style).install();
  return client;
}

async function loadSdk(): Promise<Pick<typeof import("@aws-sdk/client-sqs"), "SQS">> {
  try {
    return await import("@aws-sdk/client-sqs");
  } catch (error) {
    throw new ConfigError("the sqs broker needs the package @aws-sdk/client-sqs, which cannot be loaded.", {
      hint: "Install it beside @jobs/adapter-sqs: npm install @aws-sdk/client-sqs",
      cause: error,
    });
  }
}
