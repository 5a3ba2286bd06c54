import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { findPostgres } from "./find-postgres.ts";
import { type PostgresServer, startOwn } from "./postgres-server.ts";

/** A primary and a standby that follows it by streaming replication. Somebody has to promote it: `pg_promote()`. */
export interface PostgresPair extends AsyncDisposable {
  readonly primary: PostgresServer;
  readonly standby: PostgresServer;
  /** Both in one URL, the primary first. */
  readonly url: string;
}

/**
 * Starts both. A commit of the primary waits until the standby has it, so a promoted standby lacks no transaction that
 * a client knows of. @throws Error where `hasPostgres({ isOwn: true })` says that there is none
 */
export async function startPostgresPair(): Promise<PostgresPair> {
  const source = await findPostgres({ isOwn: true });
  if (source.status !== "programs")
    throw new Error("there is no Postgres for tests; ask hasPostgres() first.");
  const owned: AsyncDisposable[] = [];
  const end = async () => void (await Promise.all(owned.map((one) => one[Symbol.asyncDispose]())));
  try {
    const settings = { synchronous_standby_names: "*", wal_level: "replica", hot_standby: "on" };
    let copied = "";
    const primary = await startOwn(source.folder, { settings }, (server) => {
      server.init();
      // Data that was made and never opened is a whole backup.
      copied = join(server.data, "..", "copy");
      execFileSync("cp", ["-a", server.data, copied]);
    });
    owned.push(primary);
    const { username, password } = new URL(primary.url);
    const logSource = `host=127.0.0.1 port=${primary.port} user=${username} password=${password}`;
    const standby = await startOwn(
      source.folder,
      { settings: { primary_conninfo: logSource, hot_standby: "on" } },
      (server) => {
        execFileSync("cp", ["-a", copied, server.data]);
        writeFileSync(join(server.data, "standby.signal"), "");
      },
    );
    owned.push(standby);
    const url = primary.url.replace(`:${primary.port}/`, `:${primary.port},127.0.0.1:${standby.port}/`);
    return { primary, standby, url, [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}
