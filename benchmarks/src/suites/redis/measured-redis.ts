import { type RedisServer, startRedisServer } from "@jobs/test-servers";
import { Redis } from "ioredis";
import type { MeasuredBroker } from "../../contenders/contender.ts";
import { noteVersion } from "../../harness/versions.ts";
import { temporaryFolder } from "../../load/temporary-folder.ts";

/** What Redis still has after a crash: nothing, or all but the last second. */
export type Durability = "in memory" | "AOF everysec";

/** A Redis for one run that reports its memory and processor time. */
export class MeasuredRedis implements MeasuredBroker {
  readonly target: string;
  readonly #server: RedisServer;
  readonly #client: Redis;

  private constructor(server: RedisServer) {
    this.target = server.url;
    this.#server = server;
    this.#client = new Redis(server.url);
  }

  static async start(durability: Durability): Promise<MeasuredRedis> {
    const appendonly = durability === "AOF everysec";
    const redis = new MeasuredRedis(
      await startRedisServer({ appendonly, args: ["--dir", temporaryFolder()] }),
    );
    noteVersion("redis-server", (await redis.#lines("server", "redis_version")).join());
    return redis;
  }

  /** Bytes in use for data. */
  usedBytes(): Promise<number> {
    return this.#read("memory", ["used_memory"]);
  }

  /** Processor time since the start, in ms. */
  async cpuMs(): Promise<number> {
    return (await this.#read("cpu", ["used_cpu_user", "used_cpu_sys"])) * 1_000;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.disconnect();
    await this.#server[Symbol.asyncDispose]();
  }

  async #read(section: string, fields: readonly string[]): Promise<number> {
    const values = await this.#lines(section, ...fields);
    return values.reduce((sum, value) => sum + Number(value), 0);
  }

  async #lines(section: string, ...fields: readonly string[]): Promise<readonly string[]> {
    const lines = (await this.#client.info(section)).split("\r\n").map((line) => line.split(":"));
    return lines.flatMap(([name = "", value = ""]) => (fields.includes(name) ? [value] : []));
  }
}
