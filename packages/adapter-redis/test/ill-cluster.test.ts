import { type Illness, surviveIllnesses } from "@jobs/broker-conformance";
import { createApp, defineTask, handle } from "@jobs/core";
import { askRedis, clusterIdOf, hasRedis, type RedisCluster, startRedisCluster } from "@jobs/test-servers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RedisLink } from "../src/connection/redis-link.ts";
import { redis } from "../src/index.ts";

/** A queue has all its keys in the slot of this part of their names. */
const TAG = "{bull}";

/** In the parameters of every job. */
const SECRET = "s3cret";

const count = defineTask("count", { n: "integer" }, { pollIntervalMs: 20 });

describe.runIf(await hasRedis({ isOwn: true }))("a Redis Cluster that is ill", () => {
  let cluster: RedisCluster;
  let ports: readonly number[];
  let slot: string;
  beforeAll(async () => {
    cluster = await startRedisCluster();
    ports = cluster.nodes.map(({ port }) => port);
    slot = (await askRedis(ports[0]!, `CLUSTER KEYSLOT ${TAG}`)).slice(1);
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  const broker = () => {
    const nodes = ports.map((port) => ({ host: "127.0.0.1", port }));
    return redis({ cluster: { nodes }, onWarning: () => {} });
  };

  /** The node that has the queue, and another one. */
  async function findNodes(): Promise<readonly [from: Node, to: Node]> {
    const from = await cluster.ownerOf(TAG);
    const to = cluster.nodes.find((node) => node !== from)!;
    const [fromId, toId] = await Promise.all([clusterIdOf(from), clusterIdOf(to)]);
    return [
      { port: from.port, id: fromId },
      { port: to.port, id: toId },
    ];
  }

  async function beginMove(): Promise<void> {
    const [from, to] = await findNodes();
    await expectOk(to, `CLUSTER SETSLOT ${slot} IMPORTING ${from.id}`);
    await expectOk(from, `CLUSTER SETSLOT ${slot} MIGRATING ${to.id}`);
  }

  async function endMove(): Promise<void> {
    const [from, to] = await findNodes();
    for (const node of [from, to]) await expectOk(node, `CLUSTER SETSLOT ${slot} STABLE`);
  }

  /** A slot of the same node in which no key is. */
  const emptySlot = () => (Number(slot) % 5_000 === 0 ? Number(slot) + 1 : Number(slot) - 1);

  const ILLNESSES: readonly Illness[] = [
    {
      answers: "CLUSTERDOWN",
      message: /answers CLUSTERDOWN: its cluster is not complete/,
      begin: async () => expectOk((await findNodes())[0], `CLUSTER DELSLOTS ${emptySlot()}`),
      async end() {
        const [node] = await findNodes();
        await expectOk(node, `CLUSTER ADDSLOTS ${emptySlot()}`);
        await expect.poll(() => askRedis(node.port, "CLUSTER INFO")).toContain("cluster_state:ok");
      },
    },
    {
      answers: "TRYAGAIN",
      message: /answers TRYAGAIN: its cluster is moving these keys/,
      begin: beginMove,
      end: endMove,
    },
  ];

  it("each answer is named with its fix; a worker waits, says it once, goes on, and no job is lost [F24]", async () => {
    await surviveIllnesses(broker(), ILLNESSES, SECRET);
  });

  it("a queue that is moved while jobs are sent and end: no call is half done, and each job runs once [F24]", async () => {
    const ran: number[] = [];
    const events: string[] = [];
    let endHandlers = () => {};
    const mayEnd = new Promise<void>((resolve) => {
      endHandlers = resolve;
    });
    const app = createApp({
      broker: broker(),
      tasks: [count],
      handlers: [
        handle(count, async ({ n }) => {
          ran.push(n);
          await mayEnd;
        }),
      ],
      observers: [({ type }) => void events.push(type)],
    });
    const send = (n: number) => app.enqueue(count, { n }).then(() => n);
    const before = await Promise.all(Array.from({ length: 10 }, (_, n) => send(n)));
    const worker = app.worker({ ownsProcess: false, concurrency: 3 });
    const run = worker.run();
    await expect.poll(() => ran.length).toBe(3);

    const [from, to] = await findNodes();
    await beginMove();
    const refusal = { code: "broker_unavailable", maybeSent: false };
    await expect(send(100)).rejects.toMatchObject(refusal);
    endHandlers();
    await expect.poll(() => events).toContain("broker.lost");
    await moveKeys(from, to, slot);
    for (const node of [to, from]) await expectOk(node, `CLUSTER SETSLOT ${slot} NODE ${to.id}`);

    await expect.poll(() => send(200).catch(() => 0)).toBe(200);
    await expect.poll(() => [...ran].sort(inOrder)).toEqual([...before, 200]);
    const nothing = { ready: { n: 0 }, leased: { n: 0 }, dead: { n: 0 } };
    await expect.poll(() => app.stats("default")).toMatchObject(nothing);
    await worker.stop();
    expect(await run).toMatchObject({ succeeded: ran.length, retried: 0, dead: 0 });
    await app.close();
    expect((await findNodes())[0]).toEqual(to);
    // What an ack has left behind would be a job that is in no list.
    const left = linesOf(await askRedis(to.port, `KEYS ${TAG}:default:*-*-*-*-*`));
    expect(left.filter((line) => line.includes(TAG))).toEqual([]);
  });

  it("a call whose connection is cut is not made again by the driver: it may be done [F25]", async () => {
    const nodes = ports.map((port) => ({ host: "127.0.0.1", port }));
    const link = new RedisLink({ cluster: { nodes } });
    await link.call({ run: (client) => client.get(TAG) });
    const [node] = await findNodes();
    await expectOk(node, "CONFIG RESETSTAT");
    const blocked = link.call({ run: (client) => client.bzpopmin(`${TAG}:nothing`, 3) });
    const isCut = expect(blocked).rejects.toMatchObject({ code: "broker_unavailable", maybeSent: true });
    await expect.poll(() => askRedis(node.port, "INFO clients")).toContain("blocked_clients:1");
    await askRedis(node.port, "CLIENT KILL TYPE normal SKIPME yes");
    await isCut;
    await link.call({ run: (client) => client.get(TAG) });
    expect(await askRedis(node.port, "INFO commandstats")).toContain("cmdstat_bzpopmin:calls=1,");
    link.close();
  });
});

interface Node {
  readonly port: number;
  readonly id: string;
}

async function expectOk({ port }: Node, command: string): Promise<void> {
  expect(await askRedis(port, command), command).toBe("+OK");
}

/** Moves all keys of a slot, as redis-cli does when it gives slots to another node. */
async function moveKeys(from: Node, to: Node, slot: string): Promise<void> {
  for (;;) {
    const keys = linesOf(await askRedis(from.port, `CLUSTER GETKEYSINSLOT ${slot} 10`)).filter(
      (line) => !/^[*$]/.test(line),
    );
    if (keys.length === 0) return;
    await expectOk(from, `MIGRATE 127.0.0.1 ${to.port} "" 0 5000 KEYS ${keys.join(" ")}`);
  }
}

function linesOf(answer: string): readonly string[] {
  return answer.split("\r\n");
}

function inOrder(one: number, other: number): number {
  return one - other;
}
