import { join } from "node:path";
import { redis } from "@jobs/adapter-redis";
import { sqlite } from "@jobs/adapter-sqlite";
import { sqs } from "@jobs/adapter-sqs";
import { createApp, defineTask, handle } from "@jobs/core";
import type { Broker } from "@jobs/core/broker";
import { BlackHole, startRedisServer, startSqsEndpoint } from "@jobs/test-servers";
import { expect, it } from "vitest";
import { ANSWER_MS } from "../src/broker-circuit.ts";
import { type FailoverEvent, failover } from "../src/index.ts";
import { withQueues } from "./relay-brokers.ts";
import { temporaryFolder } from "./shop.ts";

/** How long the broker is away, in s. `JOBS_TEST_BLACK_HOLE=120` proves what the guide says, and prints its figures. */
const SECONDS = Number(process.env["JOBS_TEST_BLACK_HOLE"] ?? 1);
const isFull = SECONDS > 1;

/** Enqueues in a second. */
const RATE = 500;

/** So many are enqueued at once. */
const STEP = 10;

const mail = defineTask("mail", { order: "integer" });

/** A broker behind a proxy, and the same one without it. */
interface World extends AsyncDisposable {
  readonly hole: BlackHole;
  behindHole(): Broker;
  direct(): Broker;
}

async function redisWorld(): Promise<World> {
  const server = await startRedisServer({ appendonly: true });
  const hole = await BlackHole.open(server.port);
  return {
    hole,
    behindHole: () => redis({ url: hole.url }),
    direct: () => redis({ url: server.url }),
    async [Symbol.asyncDispose]() {
      await hole[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function sqsWorld(): Promise<World> {
  const endpoint = await startSqsEndpoint();
  await endpoint.createQueue({ name: "default", dlq: "default-dead", maxReceiveCount: 1_000 });
  const hole = await BlackHole.open(Number(new URL(endpoint.url).port));
  const at = (url: string) =>
    sqs({ endpoint: url, region: "us-east-1", client: { credentials: CREDENTIALS } });
  return {
    hole,
    behindHole: () => at(`http://127.0.0.1:${hole.port}`),
    direct: () => at(endpoint.url),
    async [Symbol.asyncDispose]() {
      await hole[Symbol.asyncDispose]();
      await endpoint[Symbol.asyncDispose]();
    },
  };
}

const CREDENTIALS = { accessKeyId: "AKIATEST", secretAccessKey: "not-a-secret" };

/** A broker whose sends are watched. `whileAway`: what the failover, not its relay, sends while it knows better. */
function watched(broker: Broker, isAway: () => boolean) {
  /** Ids of sends without an answer, also of the relay. */
  const unanswered = new Set<string>();
  const whileAway: string[] = [];
  const watchedBroker = withQueues(broker, (queue) => ({
    ...queue,
    async send(messages, options = {}) {
      if (options.timeoutMs === ANSWER_MS && isAway()) whileAway.push(...messages.map(({ id }) => id));
      const results = await queue.send(messages, options).catch((error: unknown) => {
        for (const { id } of messages) unanswered.add(id);
        throw error;
      });
      for (const [index, { status }] of results.entries())
        if (status === "failed") unanswered.add(messages[index]?.id ?? "");
      return results;
    },
  }));
  return { broker: watchedBroker, unanswered, whileAway };
}

it.each([["redis", redisWorld], ...(isFull ? [["sqs", sqsWorld] as const] : [])] as const)(
  "refuses and loses nothing while %s is in a black hole",
  { timeout: 60_000 + SECONDS * 4_000 },
  async (kind, open) => {
    await using world = await open();
    using folder = temporaryFolder();
    const events: FailoverEvent["type"][] = [];
    const isAway = () => events.lastIndexOf("away") > events.lastIndexOf("back");
    const { broker, unanswered, whileAway } = watched(world.behindHole(), isAway);
    const onEvent = ({ type }: FailoverEvent) => {
      if (type !== "moved") events.push(type);
    };
    const withSpool = failover(broker, { spool: sqlite({ file: join(folder.path, "spool.db") }), onEvent });
    await using producer = createApp({ broker: withSpool, tasks: [mail] });
    const runs = new Map<number, number>();
    await using consumer = createApp({
      broker: world.direct(),
      tasks: [mail],
      handlers: [handle(mail, async ({ order }) => void runs.set(order, (runs.get(order) ?? 0) + 1))],
    });
    const worker = consumer.worker({ concurrency: 50, ownsProcess: false });
    const working = worker.run();

    const load = startLoad((order) => producer.enqueue(mail, { order }, { id: `mail-${order}` }));
    await expect.poll(() => runs.size, { timeout: 50_000 }).toBeGreaterThan(0);
    world.hole.hold();
    const heldAt = performance.now();
    await expect.poll(() => events, { timeout: 50_000 }).toContain("away");
    await expect
      .poll(() => performance.now() - heldAt, { timeout: SECONDS * 1_000 + 50_000 })
      .toBeGreaterThan(SECONDS * 1_000);
    world.hole.heal();
    await expect.poll(isAway, { timeout: 50_000 }).toBe(false);
    const { enqueued, refused, longestMs, waited } = await load.stop();
    await expect.poll(() => runs.size, { timeout: 60_000 + SECONDS * 2_000 }).toBe(enqueued);
    await expect.poll(async () => (await withSpool.spoolStats()).waiting, { timeout: 50_000 }).toBe(0);
    await worker.stop();
    await working;

    const doubles = [...runs].filter(([, count]) => count > 1).map(([order]) => `mail-${order}`);
    if (isFull)
      process.stdout.write(
        `${JSON.stringify({ kind, SECONDS, enqueued, refused, longestMs, waited, doubles: doubles.length, unanswered: unanswered.size, outages: events.filter((type) => type === "away").length })}\n`,
      );
    expect(refused).toEqual([]);
    // The client of SQS tries a request again by itself, so not each lost answer is seen here.
    if (kind !== "sqs") expect(doubles.filter((id) => !unanswered.has(id))).toEqual([]);
    expect(whileAway).toEqual([]);
  },
);

/** Enqueues at a constant rate until it is stopped. */
function startLoad(enqueue: (order: number) => Promise<unknown>) {
  const refused: unknown[] = [];
  const pending: Promise<void>[] = [];
  let enqueued = 0;
  let longestMs = 0;
  let waited = 0;
  const begunAt = performance.now();
  const step = () => {
    const due = Math.floor(((performance.now() - begunAt) / 1_000) * RATE);
    while (enqueued + STEP <= due) for (let i = 0; i < STEP; i++) pending.push(one(enqueued++));
  };
  const timer = setInterval(step, (STEP / RATE) * 1_000);

  async function one(order: number): Promise<void> {
    const startedAt = performance.now();
    await enqueue(order).catch((error: unknown) => refused.push(error));
    const tookMs = performance.now() - startedAt;
    longestMs = Math.max(longestMs, Math.round(tookMs));
    if (tookMs > 500) waited++;
  }

  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(pending);
      return { enqueued, refused, longestMs, waited };
    },
  };
}
