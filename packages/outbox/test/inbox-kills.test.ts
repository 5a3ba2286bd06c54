import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { redis } from "@jobs/adapter-redis";
import { sqs } from "@jobs/adapter-sqs";
import { createApp, defineTask } from "@jobs/core";
import type { Broker } from "@jobs/core/broker";
import { hasRedis, startRedisServer, startSqsEndpoint } from "@jobs/test-servers";
import { describe, expect, it } from "vitest";
import { withQueues } from "./relay-brokers.ts";
import { openShop, type Shop } from "./shop.ts";

const pay = defineTask("pay", { order: "string", dies: "string" }, { queue: "payments" });

/** Where the handler in processes/pay.mjs can be killed. */
const STATEMENTS = ["before", "effect", "follow-up", "completed", "commit"];

/** With a number of kills in the environment, so many workers are killed between commit and ack. */
const KILLS = Number(process.env.JOBS_TEST_INBOX_KILLS ?? 0);
const TEST_MS = Math.max(120_000, KILLS * 10_000);

/** Workers that run at the same time. */
const FLEET = 3;

const SCRIPT = fileURLToPath(new URL("./processes/pay.mjs", import.meta.url));

interface Order {
  readonly id: string;
  /** Where its first worker is killed. */
  readonly dies: string;
  /** Whether its message is stored twice. */
  readonly isDoubled: boolean;
}

/**
 * An order for each of `deaths`, and two with a copy. Of many orders half kill their worker between commit and ack, and
 * one in twenty has a copy.
 */
function ordersOf(deaths: readonly string[]): readonly Order[] {
  if (KILLS === 0) {
    const orders = deaths.map((dies) => ({ id: dies, dies, isDoubled: false }));
    const copied = ["never", "commit"].map((dies) => ({ id: `twice-${dies}`, dies, isDoubled: true }));
    return [...orders, ...copied];
  }
  return Array.from({ length: 2 * KILLS }, (_, index) => ({
    id: String(index),
    dies: index % 2 === 0 ? "commit" : "never",
    isDoubled: index % 20 < 2 && index % 40 < 20,
  }));
}

/** A server with jobs, as the workers reach it. */
interface Target extends AsyncDisposable {
  readonly kind: "redis" | "sqs";
  readonly url: string;
  readonly broker: Broker;
  /** The queue for copies of messages. Redis stores an id once in a queue; a move that was killed leaves one in another. */
  readonly copies: string;
}

async function onRedis(): Promise<Target> {
  const server = await startRedisServer();
  const broker = redis({ url: server.url, onWarning: () => {} });
  return {
    kind: "redis",
    url: server.url,
    broker,
    copies: "copies",
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function onSqs(): Promise<Target> {
  const endpoint = await startSqsEndpoint();
  for (const name of ["payments", "thanks"]) await endpoint.createQueue({ name, dlq: `${name}-dead` });
  const credentials = { accessKeyId: "AKIATEST", secretAccessKey: "not-a-secret" };
  const broker = sqs({ endpoint: endpoint.url, region: "us-east-1", client: { credentials } });
  return {
    kind: "sqs",
    url: endpoint.url,
    broker,
    copies: "payments",
    [Symbol.asyncDispose]: () => endpoint.close(),
  };
}

/** The broker, but the messages of some jobs are stored twice. */
function doubling({ broker, copies }: Target, ids: ReadonlySet<string>): Broker {
  return withQueues(broker, (queue) => ({
    ...queue,
    async send(messages, options) {
      const doubled = messages.filter(({ id }) => ids.has(id));
      if (doubled.length > 0) await (await broker.openQueue(copies)).send(doubled);
      return queue.send(messages, options);
    },
  }));
}

async function enqueueAll(target: Target, orders: readonly Order[]): Promise<void> {
  const doubled = new Set(orders.filter(({ isDoubled }) => isDoubled).map(({ id }) => id));
  await using app = createApp({ broker: doubling(target, doubled), tasks: [pay] });
  for (const { id, dies } of orders) await app.enqueue(pay, { order: id, dies }, { id });
}

/** Runs workers, some at a time, until all orders are thanked for. The last one finds what was left over. */
async function work({ kind, url }: Target, shop: Shop, count: number): Promise<void> {
  const options = JSON.stringify({ kind, url, folder: dirname(shop.file) });
  const runWorker = async (): Promise<boolean> => {
    const worker: ChildProcess = spawn(process.execPath, [SCRIPT, options], { stdio: "inherit" });
    const [code, signal] = await once(worker, "close");
    if (signal !== "SIGKILL") expect(code).toBe(0);
    return signal === null;
  };
  const keepOneRunning = async () => {
    while (rows(shop, "thanks").length < count) await runWorker();
  };
  await Promise.all(Array.from({ length: FLEET }, keepOneRunning));
  expect(await runWorker()).toBe(true);
}

function rows({ connection }: Shop, table: string): readonly string[] {
  const found = connection.prepare(`SELECT id FROM ${table}`).all() as readonly { readonly id: string }[];
  return found.map(({ id }) => id).toSorted();
}

const isAvailable = await hasRedis();

describe("an inbox under kills at each statement, with copies of messages", () => {
  const prove = async (open: () => Promise<Target>, deaths: readonly string[]) => {
    await using target = await open();
    using shop = await openShop();
    shop.connection.exec(
      "CREATE TABLE payments (id TEXT NOT NULL) STRICT; CREATE TABLE thanks (id TEXT NOT NULL) STRICT",
    );
    const orders = ordersOf(deaths);
    const ids = orders.map(({ id }) => id).toSorted();
    await enqueueAll(target, orders);
    await work(target, shop, orders.length);
    expect(rows(shop, "payments")).toEqual(ids);
    expect(rows(shop, "thanks")).toEqual(ids);
    await target.broker.close();
    const kills = readdirSync(dirname(shop.file)).filter((name) => name.startsWith("died-")).length;
    expect(kills).toBe(orders.filter(({ dies }) => dies !== "never").length);
  };

  it.runIf(isAvailable)(
    "on Redis each job has its effect and its follow-up once",
    () => prove(onRedis, STATEMENTS),
    TEST_MS,
  );
  it("on SQS each job has its effect and its follow-up once", () => prove(onSqs, ["commit"]), TEST_MS);
});
