import { freePort } from "../free-port.ts";
import { askRedis, untilAnswered } from "./ask-redis.ts";
import { type RedisServer, startRedisServer } from "./redis-server.ts";

/** A Redis Cluster of three primaries for a test. */
export interface RedisCluster extends AsyncDisposable {
  readonly nodes: readonly RedisServer[];
}

/** Number of hash slots in a cluster. */
const SLOTS = 16_384;

const SIZE = 3;

/** Starts a cluster; resolves when each of its nodes serves its third of the slots. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const busPorts = await Promise.all(Array.from({ length: SIZE }, freePort));
  const started = await Promise.allSettled(busPorts.map(startNode));
  const nodes = started.flatMap((node) => (node.status === "fulfilled" ? [node.value] : []));
  const cluster = { nodes, [Symbol.asyncDispose]: () => endAll(nodes) };
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
    "1000",
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

async function endAll(nodes: readonly RedisServer[]): Promise<void> {
  await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()));
}
