import { createApp, defineTask, handle } from "@jobs/core";
import { startSqsEndpoint } from "@jobs/test-servers";
import { expect, it } from "vitest";
import { sqs } from "../src/index.ts";
import { atEndpoint, SqsWorld } from "./sqs-world.ts";
import { WorkerProcess } from "./worker-process.ts";

/** A busy machine takes its time to start processes. */
const PATIENT = { timeout: 50_000 };

const work = defineTask("work", { n: "integer" }, { onMismatch: "dead" });

it("SIGTERM during a job of 2 s: it ends, is acked once, and the worker exits 0 [W24]", async () => {
  await using endpoint = await startSqsEndpoint();
  await endpoint.createQueue({ name: "default", dlq: "default-dead" });
  const app = createApp({ broker: sqs(atEndpoint(endpoint)), tasks: [work] });
  await app.enqueue(work, { n: 1 });
  await using worker = new WorkerProcess(endpoint, { jobMs: 2_000 });
  await expect.poll(() => worker.said, PATIENT).toContain("start 1");
  expect(await worker.terminate()).toMatchObject({ code: 0 });
  expect(worker.said).toEqual(["start 1", "end 1"]);
  expect(endpoint.requests().byAction.DeleteMessageBatch).toBe(1);
  expect(await (await app.queue("default")).stats()).toMatchObject({ ready: { n: 0 }, leased: { n: 0 } });
  await app.close();
});

it("SIGTERM during a long poll: what it brings is given back within 2 s, visible at once [F03 W25]", async () => {
  let polls = 0;
  const onCall = ({ action }: { readonly action: string }) => {
    if (action === "ReceiveMessage") polls++;
  };
  await using endpoint = await startSqsEndpoint({ onCall });
  await endpoint.createQueue({ name: "default", dlq: "default-dead" });
  const app = createApp({ broker: sqs(atEndpoint(endpoint)), tasks: [work] });
  await app.ready();
  await using worker = new WorkerProcess(endpoint, { jobMs: 10 });
  await expect.poll(() => polls, PATIENT).toBe(1);
  // Messages arrive at the poll that is under way when the signal does.
  endpoint.play({ kind: "delay", actions: ["SendMessageBatch"], side: "request", ms: 300 });
  const sending = app.enqueue(work, { n: 1 });
  const ended = await worker.terminate();
  await sending;
  expect(ended.code).toBe(0);
  expect(ended.tookMs).toBeLessThan(2_300);
  expect(worker.said).toEqual([]);
  // It was brought, and given back.
  expect(endpoint.requests().byAction).toMatchObject({ ReceiveMessage: 1, ChangeMessageVisibilityBatch: 1 });
  expect(await (await app.queue("default")).stats()).toMatchObject({ ready: { n: 1 }, leased: { n: 0 } });
  await app.close();
});

it("what is no JSON, of an unknown task or with a wrong signature never kills a worker and never loops [W33]", async () => {
  await using world = await SqsWorld.open({ queue: { name: "default" } });
  const envelope = { v: 1, id: "x", sig: "n", enqueuedAt: "2026-01-01T00:00:00.000Z" };
  const poison = [
    "{not json",
    JSON.stringify({ ...envelope, task: "nobody_knows", params: {} }),
    JSON.stringify({ ...envelope, task: "work", params: { other: 1 } }),
  ];
  await world.queue.send(poison.map((body, index) => ({ id: `poison-${index}`, label: "work", body })));
  const done: number[] = [];
  const app = createApp({
    broker: sqs(atEndpoint(world.endpoint)),
    tasks: [work],
    handlers: [handle(work, ({ n }) => void done.push(n))],
  });
  await app.enqueue(work, { n: 1 });
  const worker = app.worker({ ownsProcess: false });
  const running = worker.run();
  await expect.poll(() => done, PATIENT).toEqual([1]);
  await expect.poll(async () => (await world.queue.stats()).dead.n, PATIENT).toBeGreaterThanOrEqual(2);
  await worker.stop();
  expect((await running).succeeded).toBe(1);
  const { messages } = await world.queue.peek({ state: "dead", limit: 10 });
  const reasons = messages.map(({ body, dead }) => [poison.indexOf(body), dead?.reason]);
  expect(reasons).toContainEqual([0, "undecodable"]);
  expect(reasons).toContainEqual([2, "signature_mismatch"]);
  await app.close();
});

it("a late ack is told, and the worker lives on [W15]", async () => {
  await using world = await SqsWorld.open({ queue: { name: "default" } });
  const events: string[] = [];
  const app = createApp({
    broker: sqs(atEndpoint(world.endpoint)),
    tasks: [work],
    handlers: [handle(work, () => {})],
    observers: [({ type }) => void events.push(type)],
  });
  const gone = { name: "ReceiptHandleIsInvalid", message: "The receipt handle has expired.", isSender: true };
  world.endpoint.play({ kind: "partial", actions: ["DeleteMessageBatch"], refusal: gone, times: 1 });
  const worker = app.worker({ ownsProcess: false });
  const running = worker.run();
  await app.enqueue(work, { n: 1 });
  await expect.poll(() => events, PATIENT).toContain("job.ack_lost");
  await app.enqueue(work, { n: 2 });
  await expect.poll(() => events, PATIENT).toContain("job.succeeded");
  await worker.stop();
  await running;
  await app.close();
});

it("a worker refuses a queue without dead letters, or that sets jobs aside before their attempts are over [W22]", async () => {
  await using endpoint = await startSqsEndpoint();
  await endpoint.createQueue({ name: "default" });
  await endpoint.createQueue({ name: "short", dlq: "short-dead", maxReceiveCount: 3 });
  const brief = defineTask("brief", {}, { queue: "short", maxAttempts: 5 });
  const app = createApp({
    broker: sqs(atEndpoint(endpoint)),
    tasks: [work, brief],
    handlers: [handle(work, () => {}), handle(brief, () => {})],
  });
  const run = (queue: string) => app.worker({ queues: [queue], ownsProcess: false }).run();
  await expect(run("default")).rejects.toThrow('queue "default" has no dead letters');
  await expect(run("short")).rejects.toThrow('queue "short" sets messages aside after 3 deliveries');
  await app.close();
});

it("a worker killed in the middle of a bundle loses no job of it", async () => {
  await using endpoint = await startSqsEndpoint();
  await endpoint.createQueue({ name: "default", dlq: "default-dead" });
  const done = new Set<number>();
  const app = createApp({
    broker: sqs({ ...atEndpoint(endpoint), jobsPerMessage: 20 }),
    tasks: [work],
    handlers: [handle(work, ({ n }) => void done.add(n))],
  });
  const jobs = Array.from({ length: 60 }, (_, n) => n);
  await app.enqueueMany(jobs.map((n) => [work, { n }] as const));
  await using worker = new WorkerProcess(endpoint, { jobMs: 100, leaseMs: 2_000 });
  // It has done some, and holds others of the same message.
  await expect.poll(() => worker.said.some((line) => line.startsWith("end ")), PATIENT).toBe(true);
  await worker.kill();
  const report = await app.worker({ until: { type: "drained" }, ownsProcess: false }).run();
  const before = worker.said.filter((line) => line.startsWith("end ")).map((line) => Number(line.slice(4)));
  expect(jobs.filter((n) => !done.has(n) && !before.includes(n))).toEqual([]);
  expect(report).toMatchObject({ succeeded: done.size, dead: 0 });
  expect(await (await app.queue("default")).stats()).toMatchObject({ ready: { n: 0 }, leased: { n: 0 } });
  await app.close();
});
