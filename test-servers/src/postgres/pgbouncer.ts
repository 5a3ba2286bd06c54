import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../free-port.ts";
import { installPackage } from "../install-package.ts";
import { programOnPath } from "../program-on-path.ts";
import { ServerProcess } from "../server-process.ts";
import { unprivilegedUser } from "./postgres-server.ts";

/** A PgBouncer for one test. */
export interface PgBouncer extends AsyncDisposable {
  /** The URL of the server behind it, with its own address. */
  readonly url: string;
}

/** Options of {@link startPgBouncer}. */
export interface PgBouncerOptions {
  /** URL of the server behind it, with user and password. */
  readonly url: string;
  /** More settings by name: `{ ignore_startup_parameters: "statement_timeout" }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Debian installs it outside of the PATH of most users. */
const DEBIAN_PROGRAM = "/usr/sbin/pgbouncer";

const HOW_TO_GET_ONE = "Install pgbouncer.";

/**
 * Whether tests behind a real PgBouncer can run here, for `describe.runIf(await hasPgBouncer())`. Where CI is set, the
 * first caller on Debian or Ubuntu installs one, if it may. @throws Error without one when CI is set, so that CI cannot
 * skip these tests.
 */
export async function hasPgBouncer(): Promise<boolean> {
  if (findPgBouncer() !== undefined) return true;
  if (process.env.CI) {
    if ((await installPackage("pgbouncer")) && findPgBouncer() !== undefined) return true;
    throw new Error(`the tests behind PgBouncer cannot run. ${HOW_TO_GET_ONE}`);
  }
  process.stderr.write(`\n*** SKIPPED: the tests behind PgBouncer. ${HOW_TO_GET_ONE} ***\n\n`);
  return false;
}

function findPgBouncer(): string | undefined {
  return programOnPath(["pgbouncer"]) ?? (existsSync(DEBIAN_PROGRAM) ? DEBIAN_PROGRAM : undefined);
}

/**
 * Starts a PgBouncer in transaction mode. It has fewer connections to the server than a broker has to it, so that they
 * change often. @throws Error where {@link hasPgBouncer} says that there is none
 */
export async function startPgBouncer({ url, settings = {} }: PgBouncerOptions): Promise<PgBouncer> {
  const path = findPgBouncer();
  if (path === undefined) throw new Error("there is no PgBouncer for tests; ask hasPgBouncer() first.");
  const bouncer = new ServerProcess({ name: "pgbouncer", path, user: unprivilegedUser() });
  const own = new URL(url);
  const { username, password, hostname, port } = own;
  own.port = String(await freePort());
  const users = join(bouncer.folder, "users.txt");
  writeFileSync(users, `"${decodeURIComponent(username)}" "${decodeURIComponent(password)}"\n`);
  const file = join(bouncer.folder, "pgbouncer.ini");
  const given = {
    listen_addr: "127.0.0.1",
    listen_port: own.port,
    unix_socket_dir: "",
    auth_type: "scram-sha-256",
    auth_file: users,
    pool_mode: "transaction",
    default_pool_size: "3",
    ...settings,
  };
  const lines = Object.entries(given).map(([name, value]) => `${name} = ${value}`);
  const database = `* = host=${hostname} port=${port}`;
  writeFileSync(file, ["[databases]", database, "[pgbouncer]", ...lines, ""].join("\n"));
  try {
    await bouncer.start([file], "process up");
    return { url: own.href, [Symbol.asyncDispose]: () => bouncer[Symbol.asyncDispose]() };
  } catch (error) {
    await bouncer[Symbol.asyncDispose]();
    throw error;
  }
}
