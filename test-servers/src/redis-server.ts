import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endWithThisProcess } from "./end-with-this-process.ts";
import { findRedis } from "./find-redis.ts";
import { freePort } from "./free-port.ts";

/** How the server differs from one that keeps nothing and has no limits. */
export interface RedisServerOptions {
  /** Whether every write is appended to a file, and read again at the next start. Default false. */
  readonly appendonly?: boolean;
  /** When the file reaches the disk. Default `everysec`, as Redis has it. */
  readonly appendfsync?: "always" | "everysec" | "no";
  /** As Redis writes it: `2mb`. Default: no limit. */
  readonly maxmemory?: string;
  /** The password that every connection has to give; {@link RedisServer.url} holds it. Default: none. */
  readonly requirepass?: string;
  /** Further arguments of the program: `["--maxmemory-policy", "allkeys-lru"]`. */
  readonly args?: readonly string[];
}

/** A Redis that belongs to one test, or one that somebody runs for all of them. */
export interface RedisServer extends AsyncDisposable {
  /** Where it is, with its password. Stays the same over restarts. */
  readonly url: string;
  readonly port: number;
  /** Ends it as a service manager would: what it keeps is on the disk. Resolves when it has ended. */
  stop(): Promise<void>;
  /** Ends it as a crash would. Resolves when it has ended. */
  kill(): Promise<void>;
  /** Starts it again at the same place with what it kept. Resolves when it accepts connections. */
  start(): Promise<void>;
}

/**
 * A Redis for a test: an own one on a private port, in a folder that goes with it, unless JOBS_TEST_REDIS_URL names one
 * and no options are given. Ends with the test process at the latest, however that ends.
 * @throws Error where {@link hasRedis} says that there is none.
 */
export async function startRedisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  const source = await findRedis({ isOwn: Object.keys(options).length > 0 });
  if (source.status === "external") return externalServer(source.url);
  if (source.status === "missing") throw new Error("there is no Redis for tests; ask hasRedis() first.");
  const server = new OwnRedisServer(source.path, options, await freePort());
  try {
    await server.start();
    return server;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

class OwnRedisServer implements RedisServer {
  readonly port: number;
  readonly url: string;
  readonly #command: readonly [program: string, ...args: string[]];
  readonly #folder = mkdtempSync(join(tmpdir(), "jobs-redis-"));
  #child: ChildProcess | undefined;

  constructor(program: string, options: RedisServerOptions, port: number) {
    this.port = port;
    const password = options.requirepass;
    this.url = `redis://${password === undefined ? "" : `:${encodeURIComponent(password)}@`}127.0.0.1:${port}`;
    const place = ["--port", String(port), "--bind", "127.0.0.1", "--dir", this.#folder];
    this.#command = [program, ...place, "--save", "", ...settings(options)];
  }

  async start(): Promise<void> {
    if (this.#child !== undefined) throw new Error("this Redis runs already.");
    const [program, ...args] = this.#command;
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    child.once("exit", () => {
      this.#child = undefined;
    });
    endWithThisProcess(child, this.#folder);
    await untilReady(child);
  }

  stop(): Promise<void> {
    return this.#end("SIGTERM");
  }

  kill(): Promise<void> {
    return this.#end("SIGKILL");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child === undefined) return;
    const ended = once(this.#child, "exit");
    this.#child.kill(signal);
    await ended;
  }
}

function settings(options: RedisServerOptions): readonly string[] {
  const { appendonly = false, appendfsync, maxmemory, requirepass, args = [] } = options;
  const given = Object.entries({ appendfsync, maxmemory, requirepass });
  return [
    "--appendonly",
    appendonly ? "yes" : "no",
    ...given.flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value])),
    ...args,
  ];
}

/** Its log tells, also where a password would be needed to ask. */
function untilReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = "";
    const hear = (text: string) => {
      log = (log + text).slice(-4_000);
      if (log.includes("Ready to accept connections")) resolve();
    };
    child.stdout?.setEncoding("utf8").on("data", hear);
    child.stderr?.setEncoding("utf8").on("data", hear);
    child.once("error", reject);
    child.once("close", () => reject(new Error(`this Redis ended before it was ready:\n${log}`)));
  });
}

function externalServer(url: string): RedisServer {
  const refuse = () =>
    Promise.reject(
      new Error("the Redis of JOBS_TEST_REDIS_URL is not ours to end; ask hasRedis({ isOwn: true })."),
    );
  return {
    url,
    port: Number(new URL(url).port || 6379),
    stop: refuse,
    kill: refuse,
    start: refuse,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
