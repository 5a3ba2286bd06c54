import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../free-port.ts";
import { ServerProcess, type SystemUser } from "../server-process.ts";
import { findPostgres } from "./find-postgres.ts";
import { fillWithFreshData } from "./fresh-data.ts";

/** Options of the server. */
export interface PostgresServerOptions {
  /** Settings by name: `{ max_connections: "10" }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A Postgres for one test, or a server shared by all tests. */
export interface PostgresServer extends AsyncDisposable {
  /** Its URL with superuser and password. Restarts do not change it. */
  readonly url: string;
  readonly port: number;
  /** Ends it like a service manager. Resolves when it has ended. */
  stop(): Promise<void>;
  /** Ends it like a crash: changes that are not in its log are lost. Resolves when it has ended. */
  kill(): Promise<void>;
  /** Ends all of its processes by SIGKILL, as a lost machine does. Resolves when it has ended. */
  crash(): Promise<void>;
  /** Starts it again with the same URL and data. Resolves when it accepts connections. */
  start(): Promise<void>;
}

/** The superuser and its password. */
const OWNER = "postgres";

/** How its data is made. */
const INIT = [
  "--no-sync",
  "--encoding",
  "UTF8",
  "--locale",
  "C",
  "--username",
  OWNER,
  "--auth",
  "scram-sha-256",
];

/** It does not wait for the disk: the data of a test need not survive a crash of the machine. */
const SETTINGS = { fsync: "off", listen_addresses: "127.0.0.1", unix_socket_directories: "" };

/**
 * A Postgres for a test, on a private port and in a temporary folder. Without options, it is the server that
 * JOBS_TEST_PG_URL names, if any. It requires passwords, as in production. It ends with the test process at the latest.
 * @throws Error where {@link hasPostgres} says that there is none.
 */
export async function startPostgresServer(options: PostgresServerOptions = {}): Promise<PostgresServer> {
  const source = await findPostgres({ isOwn: Object.keys(options).length > 0 });
  if (source.status === "external") return externalServer(source.url);
  if (source.status === "missing")
    throw new Error("there is no Postgres for tests; ask hasPostgres() first.");
  return startOwn(source.folder, options, (server) => server.init());
}

/** A server of these programs, whose data `fill` makes. */
export async function startOwn(
  programs: string,
  options: PostgresServerOptions,
  fill: (server: OwnPostgresServer) => void,
): Promise<OwnPostgresServer> {
  const server = new OwnPostgresServer(programs, options, await freePort());
  try {
    fill(server);
    await server.start();
    return server;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

/** A server of a test, in a folder of its own. */
export class OwnPostgresServer implements PostgresServer {
  readonly port: number;
  readonly url: string;
  readonly #programs: string;
  readonly #user = unprivilegedUser();
  readonly #process: ServerProcess;
  readonly data: string;
  readonly #args: readonly string[];

  constructor(programs: string, { settings }: PostgresServerOptions, port: number) {
    this.port = port;
    this.url = `postgres://${OWNER}:${OWNER}@127.0.0.1:${port}/postgres`;
    this.#programs = programs;
    this.#process = new ServerProcess({
      name: "postgres",
      path: join(programs, "postgres"),
      user: this.#user,
    });
    this.data = join(this.#process.folder, "data");
    const given = Object.entries({ ...SETTINGS, port: String(port), ...settings });
    this.#args = ["-D", this.data, ...given.flatMap(([name, value]) => ["-c", `${name}=${value}`])];
  }

  /** Creates its data. */
  init(): void {
    const programs = this.#programs;
    const { folder } = this.#process;
    fillWithFreshData(this.data, { programs, way: INIT }, () => {
      const password = join(folder, "password");
      writeFileSync(password, OWNER, { mode: 0o644 });
      const args = ["-D", this.data, ...INIT, "--pwfile", password];
      execFileSync(join(programs, "initdb"), args, { cwd: folder, stdio: "pipe", ...this.#user });
    });
  }

  /** A standby says "read-only connections". */
  start(): Promise<void> {
    return this.#process.start(this.#args, "database system is ready to accept");
  }

  /** SIGINT disconnects its clients; SIGTERM would wait until they disconnect. */
  stop(): Promise<void> {
    return this.#process.end("SIGINT");
  }

  /** SIGQUIT ends all of its processes at once; after SIGKILL its child processes would remain. */
  kill(): Promise<void> {
    return this.#process.end("SIGQUIT");
  }

  async crash(): Promise<void> {
    const { pid } = this.#process;
    if (pid === undefined) return;
    const children = execFileSync("pgrep", ["-P", String(pid)], { encoding: "utf8" })
      .trim()
      .split("\n");
    await this.#process.end("SIGKILL");
    for (const child of children) killIfThere(Number(child));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.#process[Symbol.asyncDispose]();
  }
}

/** Without their parent they end by themselves, some of them before the signal. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    return;
  }
}

/** Postgres and PgBouncer refuse to run as root; their packages create a user for them. */
export function unprivilegedUser(): SystemUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync("id", [flag, OWNER], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

function externalServer(url: string): PostgresServer {
  const refuse = () =>
    Promise.reject(
      new Error("the Postgres of JOBS_TEST_PG_URL is not ours to end; ask hasPostgres({ isOwn: true })."),
    );
  return {
    url,
    port: Number(new URL(url).port || 5432),
    stop: refuse,
    kill: refuse,
    crash: refuse,
    start: refuse,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
