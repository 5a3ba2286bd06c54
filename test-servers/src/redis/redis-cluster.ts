import { freePort } from "../free-port.ts";
import { askRedis, untilAnswered } from "./ask-redis.ts";
import { type RedisServer, startRedisServer } from "./redis-server.ts";

/** A Redis Cluster of three primaries for a test. */
export interface RedisCluster extends AsyncDisposable {
  readonly nodes: readonly RedisServer[];
  /** The node that has the slot of a key. */
  ownerOf(key: string): Promise<RedisServer>;
  /** Starts a replica of a node; resolves when it has the node's data. The cluster ends it. */
  addReplica(of: RedisServer): Promise<RedisServer>;
}

/** Number of hash slots in a cluster. */
const SLOTS = 16_384;

const SIZE = 3;

/** Starts a cluster; resolves when each of its nodes serves its third of the slots. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const busPorts = await Promise.all(Array.from({ length: SIZE }, freePort));
  const started = await Promise.allSettled(busPorts.map(startNode));
  const nodes = started.flatMap((node) => (node.status === "fulfilled" ? [node.value] : []));
  const replicas: RedisServer[] = [];
  const cluster: RedisCluster = {
    nodes,
    ownerOf: (key) => findOwner(nodes, key),
    async addReplica(of) {
      const busPort = await freePort();
      const replica = await startNode(busPort);
      replicas.push(replica);
      await follow(replica, of, { busPort, nodes });
      return replica;
    },
    [Symbol.asyncDispose]: () => endAll([...nodes, ...replicas]),
  };
  try {
    for (const node of started) if (node.status === "rejected") throw node.reason;
    await join(nodes, busPorts);
    return cluster;
  } catch (error) {
    await endAll(nodes);
    throw error;
  }
}

function startNode(busPort: number): Promise<RedisServer> {
  const args = [
    "--cluster-enabled",
    "yes",
    "--cluster-port",
    String(busPort),
    "--cluster-node-timeout",
    "2000",
    "--repl-diskless-sync-delay",
    "0",
  ];
  return startRedisServer({ args });
}

async function join(nodes: readonly RedisServer[], busPorts: readonly number[]): Promise<void> {
  const [first] = nodes;
  for (const [index, { port }] of nodes.entries()) {
    const from = Math.round((SLOTS * index) / SIZE);
    const to = Math.round((SLOTS * (index + 1)) / SIZE) - 1;
    // Different epochs prevent conflicts over slots while the nodes join.
    await askRedis(port, `CLUSTER SET-CONFIG-EPOCH ${index + 1}`, `CLUSTER ADDSLOTSRANGE ${from} ${to}`);
    if (port !== first?.port) await askRedis(port, `CLUSTER MEET 127.0.0.1 ${first?.port} ${busPorts[0]}`);
  }
  await Promise.all(nodes.map(({ port }) => untilAnswered(port, "CLUSTER INFO", "cluster_state:ok")));
}

/** The name of a node in its cluster. */
export async function clusterIdOf({ port }: Pick<RedisServer, "port">): Promise<string> {
  return (await askRedis(port, "CLUSTER MYID")).split("\r\n").at(-1) ?? "";
}

async function findOwner(nodes: readonly RedisServer[], key: string): Promise<RedisServer> {
  const answers = await Promise.all(nodes.map(({ port }) => askRedis(port, `GET ${key}`)));
  const owner = nodes[answers.findIndex((answer) => !answer.startsWith("-MOVED"))];
  if (owner === undefined) throw new Error(`no node of the cluster has the slot of ${key}.`);
  return owner;
}

async function follow(
  { port }: RedisServer,
  of: RedisServer,
  { busPort, nodes }: { readonly busPort: number; readonly nodes: readonly RedisServer[] },
): Promise<void> {
  const id = await clusterIdOf(of);
  await askRedis(of.port, `CLUSTER MEET 127.0.0.1 ${port} ${busPort}`);
  await untilAnswered(port, "CLUSTER NODES", id);
  await untilAnswered(port, `CLUSTER REPLICATE ${id}`, "OK");
  await untilAnswered(port, "INFO replication", "master_link_status:up");
  const own = await clusterIdOf({ port });
  // A node that does not know the replica yet would not vote for it. A replica that knows only its own node does not
  // learn of the others once that is gone, and never asks for votes.
  await Promise.all(nodes.map((node) => untilAnswered(node.port, `CLUSTER REPLICAS ${id}`, own)));
  const ids = await Promise.all(nodes.map(clusterIdOf));
  await Promise.all(ids.map((known) => untilAnswered(port, "CLUSTER NODES", known)));
}

async function endAll(nodes: readonly RedisServer[]): Promise<void> {
  await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()));
}
