import { SQS } from "@aws-sdk/client-sqs";
import * as adapter from "@jobs/adapter-sqs";
import { createApp, defineTask as defineCoreTask, handle } from "@jobs/core";
import { freePort, startSqsEndpoint } from "@jobs/test-servers";
import { expect, it } from "vitest";
import { createProducer, defineTask, sqs } from "../src/index.ts";
import { bundleText, edgeRuntime } from "./edge-world.ts";

const CREDENTIALS = { accessKeyId: "AKIATEST", secretAccessKey: "not-a-secret" };
const ACCOUNT = "000000000000";

const resize = defineTask("resize", { file: "string", width: "integer?" }, { queue: "images" });

function destination(endpoint: string) {
  return sqs({ region: "us-east-1", accountId: ACCOUNT, credentials: CREDENTIALS, endpoint });
}

function appAt(endpoint: string, done: unknown[] = []) {
  return createApp({
    broker: adapter.sqs({ endpoint, region: "us-east-1", client: { credentials: CREDENTIALS } }),
    queuePrefix: "shop-",
    tasks: [resize],
    handlers: [handle(resize, (params) => void done.push(params))],
  });
}

it("the bundle is smaller than 30 KB and imports nothing", async () => {
  const text = await bundleText("esm");
  expect(text.length).toBeLessThan(30_000);
  expect(text).not.toMatch(/\bnode:|\bimport\b|\brequire\(|\bprocess\./);
});

it("a job from a runtime without Node is run by a worker", async () => {
  await using server = await startSqsEndpoint();
  await server.createQueue({ name: "shop-images", dlq: "shop-images-dead", maxReceiveCount: 20 });
  const run = await edgeRuntime();
  const sent = await run(`
    const resize = jobs.defineTask("resize", { file: "string", width: "integer?" }, { queue: "images" });
    const to = jobs.sqs(${JSON.stringify({ region: "us-east-1", accountId: ACCOUNT, credentials: CREDENTIALS, endpoint: server.url })});
    const producer = jobs.createProducer({ to, queuePrefix: "shop-" });
    return producer.enqueue(resize, { file: "é.png", width: 80 }, { headers: { tenant: "acme" } });
  `);
  expect(sent).toMatchObject({ task: "resize", queue: "images", broker: "sqs", status: "enqueued" });
  const done: unknown[] = [];
  await using app = appAt(server.url, done);
  const report = await app.worker({ until: { type: "settled", jobs: 1 }, ownsProcess: false }).run();
  expect(report).toMatchObject({ succeeded: 1 });
  expect(done).toEqual([{ file: "é.png", width: 80 }]);
});

it("a message is the same as from an app, apart from its time", async () => {
  await using server = await startSqsEndpoint();
  await server.createQueue({ name: "shop-images", dlq: "shop-images-dead" });
  await using app = appAt(server.url);
  const producer = createProducer({ to: destination(server.url), queuePrefix: "shop-" });
  const params = { file: "a.png" };
  const options = { id: "job-1", maxAttempts: 3, expiresInMs: 60_000, headers: { tenant: "acme" } };
  await app.enqueue(resize, params, options);
  await producer.enqueue(resize, params, options);
  await app.enqueue(resize, params, { id: "job-1" });
  await producer.enqueue(resize, params, { id: "job-1" });
  const client = new SQS({ endpoint: server.url, region: "us-east-1", credentials: CREDENTIALS });
  const { QueueUrl } = await client.getQueueUrl({ QueueName: "shop-images" });
  const { Messages = [] } = await client.receiveMessage({
    QueueUrl,
    MaxNumberOfMessages: 10,
    MessageAttributeNames: ["All"],
  });
  client.destroy();
  const shown = Messages.map(({ Body, MessageAttributes }) => {
    return JSON.stringify([Body?.replace(/"\d{4}-[^"]*Z"/g, '"at"'), MessageAttributes]);
  });
  expect(shown).toHaveLength(4);
  expect(new Set(shown).size).toBe(2);
});

it("without Node the same parameters are refused, in the same words", async () => {
  const run = await edgeRuntime();
  const bad = [
    "{ file: 1 }",
    "{ fille: 'a' }",
    "{ file: new Date(0) }",
    "{ file: new Map() }",
    "{ file: 1n }",
    "7",
  ];
  const core = defineCoreTask("resize", { file: "string", width: "integer?" });
  const app = createApp({
    tasks: [core],
    broker: adapter.sqs({ endpoint: "http://localhost:1", region: "us-east-1" }),
  });
  for (const params of bad) {
    const said = await run(`
      const resize = jobs.defineTask("resize", { file: "string", width: "integer?" });
      const producer = jobs.createProducer({ to: { kind: "none", send() { throw new Error("sent") } } });
      return producer.enqueue(resize, ${params}).then(() => "sent", ({ code, message, hint }) => [code, message, hint].join());
    `);
    const expected = await app.enqueueByName("resize", new Function(`return ${params}`)()).then(
      () => "sent",
      ({ code, message, hint }) => [code, message, hint].join(),
    );
    expect(said).toBe(expected);
  }
  await app.close();
});

it("errors of SQS are those of an app", async () => {
  await using server = await startSqsEndpoint();
  const producer = createProducer({ to: destination(server.url) });
  await expect(producer.enqueue(resize, { file: "a" })).rejects.toMatchObject({ code: "queue_not_found" });
  const nobody = createProducer({ to: destination(`http://localhost:${await freePort()}`) });
  const away = { code: "broker_unavailable", maybeSent: true };
  await expect(nobody.enqueue(resize, { file: "a" })).rejects.toMatchObject(away);
});

it("refuses what SQS cannot keep, and options that cannot be used", async () => {
  const producer = createProducer({ to: destination("http://localhost:1") });
  const send = (options: object) => producer.enqueue(resize, { file: "a" }, options);
  await expect(send({ queue: "steps.fifo", delayMs: 1_000 })).rejects.toThrow("cannot keep a delay");
  await expect(send({ priority: 3 })).rejects.toThrow("cannot keep a priority");
  await expect(send({ id: "a b" })).rejects.toThrow("a job id is not usable");
  await expect(send({ delay: 1 })).rejects.toThrow('unknown option "delay"');
  const refused = (call: (options: never) => unknown, options: unknown) =>
    expect(() => call(options as never)).toThrow(expect.objectContaining({ code: "invalid_config" }));
  const to = destination("http://localhost:1");
  for (const options of [undefined, {}, { to, queuePrefx: "shop-" }]) refused(createProducer, options);
  const needed = { region: "us-east-1", accountId: ACCOUNT, credentials: CREDENTIALS };
  for (const wrong of [
    { endpont: "http://localhost:9324" },
    ...["localhost", "localhost:9324", "http://", "http://localhost/path"].map((endpoint) => ({ endpoint })),
    { accountId: "1" },
    { region: "us-east-1/" },
    { credentials: { accessKeyId: "AKIATEST" } },
  ])
    refused(sqs, { ...needed, ...wrong });
  refused(sqs, undefined);
  const keyless = createProducer({ to: sqs({ ...needed, credentials: async () => undefined as never }) });
  await expect(keyless.enqueue(resize, { file: "a" })).rejects.toThrow("what credentials returns must be");
});
