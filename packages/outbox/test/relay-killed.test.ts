import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { postgres } from "@jobs/adapter-postgres";
import { redis } from "@jobs/adapter-redis";
import { createTables, sqlite } from "@jobs/adapter-sqlite";
import { sqs } from "@jobs/adapter-sqs";
import type { Broker } from "@jobs/core/broker";
import { hasPostgres, startPostgresServer, startRedisServer, startSqsEndpoint } from "@jobs/test-servers";
import { expect, it } from "vitest";
import { spool } from "../src/spooled-message.ts";
import { message } from "./relay-brokers.ts";
import { temporaryFolder } from "./shop.ts";

/** Between these steps a relay can be killed. */
const STEPS = ["received", "sending", "sent", "settled"] as const;

/** `JOBS_TEST_RELAY_KILLS=all` kills at the first, second and third call of each step, for all stores and brokers. */
const isFull = process.env["JOBS_TEST_RELAY_KILLS"] === "all";

/** What is done without it: each step for one of two pairs, with more jobs than one batch where a batch is settled. */
const SHORT = {
  redis: { steps: ["received", "settled"], jobs: 1_200 },
  sqs: { steps: ["sending", "sent"], jobs: 240 },
} as const;

/** A group has so many jobs. */
const GROUP = 3;

/** A broker of a test as this process and another one open it. */
interface Side extends AsyncDisposable {
  readonly kind: string;
  readonly options: object;
  open(): Broker;
}

const STORES = {
  async sqlite(): Promise<Side> {
    const folder = temporaryFolder();
    const options = { file: join(folder.path, "shop.db") };
    await createTables(options);
    const open = () => sqlite(options);
    return { kind: "sqlite", options, open, [Symbol.asyncDispose]: async () => folder[Symbol.dispose]() };
  },
  async postgres(): Promise<Side> {
    const server = await startPostgresServer();
    const options = { url: server.url, schema: `killed_${process.pid}` };
    const open = () => postgres(options);
    return { kind: "postgres", options, open, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  },
};

const TARGETS = {
  async redis(): Promise<Side & { readonly queue: string }> {
    const server = await startRedisServer({ appendonly: true });
    const options = { url: server.url };
    const open = () => redis(options);
    const dispose = () => server[Symbol.asyncDispose]();
    return { kind: "redis", options, queue: "mails", open, [Symbol.asyncDispose]: dispose };
  },
  async sqs(): Promise<Side & { readonly queue: string }> {
    const endpoint = await startSqsEndpoint();
    const queue = "mails.fifo";
    await endpoint.createQueue({ name: queue, dlq: "mails-dead.fifo", fifo: true, visibilityTimeout: 600 });
    const credentials = { accessKeyId: "AKIATEST", secretAccessKey: "not-a-secret" };
    const options = { endpoint: endpoint.url, region: "us-east-1", client: { credentials } };
    const open = () => sqs(options);
    const dispose = () => endpoint[Symbol.asyncDispose]();
    return { kind: "sqs", options, queue, open, [Symbol.asyncDispose]: dispose };
  },
};

const pairs = (["sqlite", "postgres"] as const).flatMap((store) =>
  (["redis", "sqs"] as const).map((target) => ({ store, target })),
);
const known = (await hasPostgres()) ? pairs : pairs.filter(({ store }) => store === "sqlite");
const cases = known.filter(({ store, target }) => isFull || (store === "postgres") === (target === "sqs"));

it.each(cases)(
  "a relay from $store to $target that is killed between its steps loses and doubles nothing",
  {
    timeout: isFull ? 600_000 : 60_000,
  },
  async ({ store, target }) => {
    await using from = await STORES[store]();
    await using to = await TARGETS[target]();
    const kills = isFull
      ? STEPS.flatMap((step) => [1, 2, 3].map((calls) => ({ step, calls })))
      : SHORT[target].steps.map((step) => ({ step, calls: 1 }));
    const ids = Array.from({ length: isFull ? 15_000 : SHORT[target].jobs }, (_, index) => `mail-${index}`);
    const groupOf = (id: string) => `g${Math.floor(Number(id.slice(5)) / GROUP)}`;
    const broker = from.open();
    const outbox = await broker.openQueue("outbox");
    const messages = ids.map((id) =>
      spool(
        { queue: to.queue, message: message(id, target === "sqs" ? { groupKey: groupOf(id) } : {}) },
        `w-${id}`,
        Date.now(),
      ),
    );
    await outbox.send(messages);
    for (const kill of kills) expect(await runRelay({ from, to, kill })).toBe("SIGKILL");
    expect(await runRelay({ from, to })).toBe(0);
    expect(await outbox.stats()).toMatchObject({ ready: { n: 0 }, leased: { n: 0 }, dead: { n: 0 } });
    await broker.close();
    const taken = await takeAll(to);
    expect([...taken].sort()).toEqual([...ids].sort());
    if (target === "sqs") expect(inGroups(taken, groupOf)).toEqual(inGroups(ids, groupOf));
  },
);

/** Runs a relay as a process. Its status, or the signal that has ended it. */
async function runRelay(options: object): Promise<unknown> {
  const script = fileURLToPath(new URL("./processes/relay.mjs", import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [script, JSON.stringify(options)], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const [code, signal] = await once(child, "close");
  return signal ?? code;
}

/** The ids of all messages of a queue, in the order in which they are delivered. */
async function takeAll({ open, queue }: Side & { readonly queue: string }): Promise<readonly string[]> {
  const broker = open();
  const consumer = await broker.openConsumer(queue, { leaseMs: 60_000 });
  const ids: string[] = [];
  for (;;) {
    const options = { max: 100, waitMs: 0, signal: new AbortController().signal };
    const received = await consumer.receive(options);
    if (received.length === 0) break;
    ids.push(...received.map(({ body }) => (JSON.parse(body) as { readonly id: string }).id));
    await consumer.settle(received.map((delivery) => ({ delivery, action: "ack" })));
  }
  await consumer.close();
  await broker.close();
  return ids;
}

/** The ids of each group, in their order. */
function inGroups(
  ids: readonly string[],
  groupOf: (id: string) => string,
): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const id of ids) groups.set(groupOf(id), [...(groups.get(groupOf(id)) ?? []), id]);
  return new Map([...groups].sort(([one], [other]) => (one < other ? -1 : 1)));
}
