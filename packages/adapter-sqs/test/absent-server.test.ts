import { isJobsError } from "@jobs/core";
import { startStopwatch } from "@jobs/core/testing";
import { freePort } from "@jobs/test-servers";
import { expect, it } from "vitest";
import { type SqsOptions, sqs } from "../src/index.ts";
import { CREDENTIALS } from "./credentials.ts";
import { ScriptedSqs } from "./scripted-sqs.ts";

/** What opening a queue is refused with, and after how long. */
async function refusal(options: SqsOptions) {
  const broker = sqs({ region: "eu-west-1", client: CREDENTIALS, ...options });
  const elapsedMs = startStopwatch();
  const error: unknown = await broker.openQueue("mail").catch((caught: unknown) => caught);
  const ms = elapsedMs();
  await broker.close();
  if (!isJobsError(error)) throw error;
  return { told: { code: error.code, text: error.message, hint: error.hint }, ms };
}

it("an endpoint that refuses the connection is named with region, cause and fix at once", async () => {
  const endpoint = `http://127.0.0.1:${await freePort()}`;
  const { told, ms } = await refusal({ endpoint });
  expect(told).toEqual({
    code: "broker_unavailable",
    text: `sqs queue "mail": no connection to SQS in region eu-west-1 at ${endpoint}: the connection is refused (ECONNREFUSED).`,
    hint: "Start the server, or correct host and port. Check endpoint and region too.",
  });
  expect(ms).toBeLessThan(2_000);
});

it("an endpoint whose host is unknown is named with region, cause and fix at once", async () => {
  const { told, ms } = await refusal({ endpoint: "http://sqs.invalid" });
  expect(told).toEqual({
    code: "broker_unavailable",
    text: expect.stringMatching(
      /^sqs queue "mail": no connection to SQS in region eu-west-1 at http:\/\/sqs\.invalid: the host name is not found (?:\(ENOTFOUND\)|now \(EAI_AGAIN\))\.$/,
    ),
    hint: "Correct the host name, or check the name server. Check endpoint and region too.",
  });
  expect(ms).toBeLessThan(2_000);
});

it("an endpoint that takes the request and never answers is told after the time of a call", async () => {
  await using server = await ScriptedSqs.start(() => new Promise(() => {}));
  server.lookups = { GetQueueUrl: undefined };
  const { told, ms } = await refusal({ endpoint: server.url });
  expect(told).toEqual({
    code: "broker_unavailable",
    text: expect.stringMatching(
      new RegExp(
        `^sqs queue "mail": no connection to SQS in region eu-west-1 at ${server.url}: no answer within \\d(?:\\.\\d)? s\\.$`,
      ),
    ),
    hint: "Check address, firewall and the load of the server. Check endpoint and region too.",
  });
  expect(ms).toBeLessThan(6_000);
});

const REFUSALS: readonly (readonly [name: string, meaning: string, hint: string])[] = [
  ["InvalidClientTokenId", "the access key is not known there", "Correct the access key, or the region."],
  ["SignatureDoesNotMatch", "the secret key is wrong", "Correct AWS_SECRET_ACCESS_KEY."],
  ["ExpiredToken", "the credentials have expired", "Get new ones, for example by aws sso login."],
  [
    "AccessDenied",
    "these credentials have no permission",
    "Check credentials, region and the policy: jobs infra print --format iam --region REGION shows what is needed.",
  ],
];

it.each(REFUSALS)("access refused by %s is told with place, cause and fix", async (name, meaning, hint) => {
  await using server = await ScriptedSqs.start(() => ({
    status: 403,
    headers: { "x-amzn-query-error": `${name};Sender` },
    body: { __type: `com.amazonaws.sqs#${name}`, message: "no" },
  }));
  server.lookups = { GetQueueUrl: undefined, GetQueueAttributes: undefined };
  const { told } = await refusal({ endpoint: server.url });
  expect(told).toEqual({
    code: "access_denied",
    text: `sqs queue "mail": access to SQS in region eu-west-1 at ${server.url} is refused: ${meaning} (${name}).`,
    hint,
  });
});

it("missing credentials are told with place, cause and fix", async () => {
  const none = Object.assign(new Error("Could not load credentials"), { name: "CredentialsProviderError" });
  const endpoint = `http://127.0.0.1:${await freePort()}`;
  const { told } = await refusal({ endpoint, client: { credentials: () => Promise.reject(none) } });
  expect(told).toEqual({
    code: "access_denied",
    text: `sqs queue "mail": access to SQS in region eu-west-1 at ${endpoint} is refused: no credentials are found (CredentialsProviderError).`,
    hint: "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or give the machine a role.",
  });
});
