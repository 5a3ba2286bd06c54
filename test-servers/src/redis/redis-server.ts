import { freePort } from "../free-port.ts";
import { ServerProcess } from "../server-process.ts";
import { findRedis } from "./find-redis.ts";
import { makeCertificate, type TlsCertificate } from "./tls-certificate.ts";

/** Options of the server. The default keeps nothing on disk and has no limits. */
export interface RedisServerOptions {
  /** Whether every write is appended to a file, and read again at the next start. Default false. */
  readonly appendonly?: boolean;
  /** When the file reaches the disk. Default `everysec`, as in Redis. */
  readonly appendfsync?: "always" | "everysec" | "no";
  /** In Redis's notation: `2mb`. Default: no limit. */
  readonly maxmemory?: string;
  /** The password that every connection has to send; {@link RedisServer.url} holds it. Default: none. */
  readonly requirepass?: string;
  /** Whether it accepts only TLS, with its own certificate; {@link RedisServer.ca} trusts it. Default false. */
  readonly hasTls?: boolean;
  /** Further arguments of the program: `["--maxmemory-policy", "allkeys-lru"]`. */
  readonly args?: readonly string[];
}

/** A Redis for one test, or a server shared by all tests. */
export interface RedisServer extends AsyncDisposable {
  /** Its URL with the password. Restarts do not change it. */
  readonly url: string;
  readonly port: number;
  /** The authority of its certificate; `undefined` without TLS. */
  readonly ca: string | undefined;
  /** Ends it like a service manager: it writes its data to the disk. Resolves when it has ended. */
  stop(): Promise<void>;
  /** Ends it like a crash. Resolves when it has ended. */
  kill(): Promise<void>;
  /** Starts it again with the same URL and data. Resolves when it accepts connections. */
  start(): Promise<void>;
}

/**
 * A Redis for a test, on a private port and in a temporary folder. Without options, it is the server that
 * JOBS_TEST_REDIS_URL names, if any. It ends with the test process at the latest, however that ends.
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
  readonly ca: string | undefined;
  readonly #process: ServerProcess;
  readonly #args: readonly string[];

  constructor(program: string, options: RedisServerOptions, port: number) {
    const { requirepass, hasTls = false } = options;
    this.port = port;
    const password = requirepass === undefined ? "" : `:${encodeURIComponent(requirepass)}@`;
    this.url = `${hasTls ? "rediss" : "redis"}://${password}127.0.0.1:${port}`;
    this.#process = new ServerProcess({ name: "redis", path: program });
    const certificate = hasTls ? makeCertificate(this.#process.folder) : undefined;
    this.ca = certificate?.ca;
    const place = ["--bind", "127.0.0.1", "--save", "", ...listening(port, certificate)];
    this.#args = [...place, ...settings(options)];
  }

  start(): Promise<void> {
    return this.#process.start(this.#args, "Ready to accept connections");
  }

  stop(): Promise<void> {
    return this.#process.end("SIGTERM");
  }

  kill(): Promise<void> {
    return this.#process.end("SIGKILL");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#process[Symbol.asyncDispose]();
  }
}

function listening(port: number, certificate: TlsCertificate | undefined): readonly string[] {
  if (certificate === undefined) return ["--port", String(port)];
  const { certificateFile, keyFile } = certificate;
  const files = ["--tls-cert-file", certificateFile, "--tls-key-file", keyFile];
  return ["--port", "0", "--tls-port", String(port), "--tls-auth-clients", "no", ...files];
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

function externalServer(url: string): RedisServer {
  const refuse = () =>
    Promise.reject(
      new Error("the Redis of JOBS_TEST_REDIS_URL is not ours to end; ask hasRedis({ isOwn: true })."),
    );
  return {
    url,
    ca: undefined,
    port: Number(new URL(url).port || 6379),
    stop: refuse,
    kill: refuse,
    start: refuse,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
