import { ConfigError } from "@jobs/core";
import type { AdapterDescriptor } from "@jobs/core/broker";
import { sqsCapabilities } from "./capabilities.ts";
import { KIND } from "./client/sqs-fault.ts";
import { sqsInfrastructure } from "./infra/sqs-infrastructure.ts";
import { type SqsOptions, sqs } from "./sqs.ts";

/** Describes this package for programs that work with every adapter. The factory checks its options. */
export const adapter: AdapterDescriptor = {
  kind: KIND,
  schemes: [KIND, "http", "https"],
  reach: "network",
  limits: sqsCapabilities(),
  targetOptions: ["endpoint", "region"],
  readUrl: optionsOfUrl,
  createBroker: ({ options }) => sqs(options as SqsOptions),
  infrastructure: sqsInfrastructure,
};

/** AWS's own URLs contain the region: `https://sqs.eu-west-1.amazonaws.com/123456789012`. */
const OF_AWS = /^sqs\.(?<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?$/;
const REGION = /^[a-z]{2}(-[a-z]+)+-\d$/;
const ACCOUNT = /^\/(?<accountId>\d{12})\/?$/;

/**
 * The options of `sqs()` in a URL: `sqs://eu-west-1`, a URL of AWS, or a URL of your own endpoint. The path may be the
 * account that owns the queues, if it is another one.
 * @throws ConfigError that quotes no URL.
 */
export function optionsOfUrl(written: string): Readonly<Record<string, string>> {
  if (/^sqs:(\/\/)?$/.test(written)) return {};
  if (!URL.canParse(written)) throw notUsable("it is no URL");
  const { protocol, host, hostname, origin, pathname, username, search } = new URL(written);
  if (username !== "") throw notUsable("it holds credentials");
  const { accountId } = ACCOUNT.exec(pathname)?.groups ?? {};
  if (search !== "" || (accountId === undefined && !["", "/"].includes(pathname))) {
    throw notUsable("only the id of an account may follow");
  }
  const owner = accountId === undefined ? {} : { accountId };
  if (protocol === "sqs:") {
    if (!REGION.test(host)) throw notUsable("sqs:// is followed by a region");
    return { region: host, ...owner };
  }
  const region = OF_AWS.exec(hostname)?.groups?.region;
  return { ...(region === undefined ? { endpoint: origin } : { region }), ...owner };
}

function notUsable(reason: string): ConfigError {
  return new ConfigError(`this URL of sqs cannot be used: ${reason}.`, {
    hint: "Write sqs://eu-west-1, or the address of an endpoint of your own; the AWS SDK finds the credentials.",
  });
}
