import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../free-port.ts";
import { ServerProcess } from "../server-process.ts";
import { untilAnswered } from "./ask-redis.ts";
import { findRedis } from "./find-redis.ts";
import { type RedisServer, startRedisServer } from "./redis-server.ts";

/** A primary with a replica, and a Sentinel that promotes the replica when the primary is down. */
export interface RedisSentinel extends AsyncDisposable {
  /** The port of the Sentinel. */
  readonly port: number;
  /** The Sentinel's name for the primary. */
  readonly name: string;
  readonly primary: RedisServer;
  readonly replica: RedisServer;
}

const NAME = "primary";

/** How long a primary may give no answer before it counts as down, in ms. */
const SILENCE_MS = 500;

/** Starts all three; resolves when the Sentinel knows both others. @throws Error where there is no Redis. */
export async function startRedisSentinel(): Promise<RedisSentinel> {
  const source = await findRedis({ isOwn: true });
  if (source.status !== "program") throw new Error("there is no Redis for tests; ask hasRedis() first.");
  const watch = new ServerProcess({ name: "redis", path: source.path });
  const owned: AsyncDisposable[] = [watch];
  const end = async () => void (await Promise.all(owned.map((one) => one[Symbol.asyncDispose]())));
  try {
    const primary = await startRedisServer({ args: ["--repl-diskless-sync-delay", "0"] });
    owned.push(primary);
    const replica = await startRedisServer({ args: ["--replicaof", "127.0.0.1", String(primary.port)] });
    owned.push(replica);
    await untilAnswered(primary.port, "INFO replication", "state=online");
    const port = await freePort();
    const settings = join(watch.folder, "sentinel.conf");
    writeFileSync(settings, sentinelSettings(port, primary.port));
    await watch.start([settings, "--sentinel"], "+monitor");
    await untilAnswered(port, `SENTINEL REPLICAS ${NAME}`, String(replica.port));
    return { port, name: NAME, primary, replica, [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}

function sentinelSettings(port: number, primaryPort: number): string {
  return [
    `port ${port}`,
    "bind 127.0.0.1",
    `sentinel monitor ${NAME} 127.0.0.1 ${primaryPort} 1`,
    `sentinel down-after-milliseconds ${NAME} ${SILENCE_MS}`,
    `sentinel failover-timeout ${NAME} 5000`,
    "",
  ].join("\n");
}
