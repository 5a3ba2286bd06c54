import { readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { SQS } from "@aws-sdk/client-sqs";
import { startSqsEndpoint } from "@jobs/test-servers";
import { build } from "esbuild";
import { expect, it, vi } from "vitest";
import type * as Deployed from "../src/function.ts";

const folder = fileURLToPath(new URL("..", import.meta.url));

/** Bundles the function as the README says, and loads it. */
async function deploy(): Promise<typeof Deployed> {
  const readme = readFileSync(`${folder}README.md`, "utf8");
  expect(readme).toContain(
    '--bundle --platform=node --format=esm --outfile=dist/function.mjs "--external:@aws-sdk/*"',
  );
  const outfile = `${folder}dist/function.mjs`;
  await build({
    entryPoints: [`${folder}src/function.ts`],
    bundle: true,
    platform: "node",
    format: "esm",
    outfile,
    external: ["@aws-sdk/*"],
    logLevel: "error",
  });
  return import(pathToFileURL(outfile).href);
}

it("the bundled function runs the jobs of an event, and Lambda has nothing to bring again", async () => {
  await using server = await startSqsEndpoint();
  await server.createQueue({ name: "mail", dlq: "mail-dead", maxReceiveCount: 20 });
  vi.stubEnv("AWS_ENDPOINT_URL_SQS", server.url);
  vi.stubEnv("AWS_REGION", "us-east-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  // As in Lambda, where requests go through the SDK.
  vi.stubEnv("AWS_LAMBDA_FUNCTION_NAME", "mail");
  const printed = vi.spyOn(console, "log").mockImplementation(() => {});
  const { app, handler, sendEmail } = await deploy();
  await app.enqueue(sendEmail, { to: "ada@example.org" });

  const client = new SQS();
  const { QueueUrl } = await client.getQueueUrl({ QueueName: "mail" });
  const { Messages: [message] = [] } = await client.receiveMessage({ QueueUrl });
  const record = {
    messageId: message?.MessageId ?? "",
    receiptHandle: message?.ReceiptHandle ?? "",
    body: message?.Body ?? "",
    attributes: { ApproximateReceiveCount: "1", SentTimestamp: "0", ApproximateFirstReceiveTimestamp: "0" },
    messageAttributes: {},
    eventSourceARN: "arn:aws:sqs:us-east-1:000000000000:mail",
  };
  const answer = await handler({ Records: [record] }, { getRemainingTimeInMillis: () => 60_000 });
  expect(answer).toEqual({ batchItemFailures: [] });
  expect(printed.mock.calls).toEqual([["mail to ada@example.org"]]);
  expect(await app.stats("mail")).toMatchObject({ ready: { n: 0 }, leased: { n: 0 }, dead: { n: 0 } });
  await app.close();
  client.destroy();
  vi.unstubAllEnvs();
});
