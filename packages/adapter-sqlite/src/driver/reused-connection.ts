import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { Connect, Connection, Statement } from "./connection.ts";

/** The most closed connections that are kept; each holds its file open. */
const MAX_KEPT = 8;

const IN_MEMORY = ":memory:";

/** A connection that its user has closed, and that is still open in SQLite. */
interface Kept {
  readonly connection: Connection;
  readonly statements: Map<string, Statement>;
  /** Device and inode; `undefined` where the driver has not made the file yet. */
  readonly file: string | undefined;
}

/**
 * Wraps a driver that never finalizes statements. SQLite then keeps a closed connection open until its statements are
 * garbage-collected. Here a close removes the log itself, and keeps the connection for the next user of the same
 * file.
 */
export function reusing(Driver: Connect): Connect {
  const kept = new Map<string, Kept>();
  const abandoned = new Set<Connection>();

  function take(path: string): Kept {
    const known = kept.get(path);
    kept.delete(path);
    const file = identify(path);
    if (known !== undefined && known.file === file) return known;
    known?.connection.close();
    const connection = new Driver(path);
    return { connection, statements: new Map(), file: identify(path) };
  }

  function keep(path: string, closed: Kept): void {
    kept.get(path)?.connection.close();
    kept.delete(path);
    kept.set(path, closed);
    const [oldest] = kept.keys();
    if (kept.size <= MAX_KEPT || oldest === undefined) return;
    kept.get(oldest)?.connection.close();
    kept.delete(oldest);
  }

  return class ReusedConnection implements Connection {
    readonly #path: string;
    readonly #kept: Kept;
    #isClosed = false;

    constructor(path: string) {
      this.#path = path === IN_MEMORY ? path : resolve(path);
      this.#kept = take(this.#path);
    }

    exec(sql: string): void {
      this.#kept.connection.exec(sql);
    }

    prepare(sql: string): Statement {
      const { connection, statements } = this.#kept;
      const known = statements.get(sql);
      if (known !== undefined) return known;
      const statement = connection.prepare(sql);
      statements.set(sql, statement);
      return statement;
    }

    rollback(): void {
      this.#kept.connection.rollback();
    }

    abandon(): void {
      this.#isClosed = true;
      abandoned.add(this.#kept.connection);
    }

    close(): void {
      if (this.#isClosed) return;
      this.#isClosed = true;
      const { connection, file } = this.#kept;
      // After the file was moved, the log at the old path belongs to another file.
      const now = identify(this.#path);
      if (this.#path === IN_MEMORY || now !== (file ?? now)) return connection.close();
      try {
        connection.rollback();
        connection.exec("PRAGMA journal_mode = delete");
      } catch {
        // Others have it open: the last of them removes the log.
      }
      keep(this.#path, { ...this.#kept, file: now });
    }
  };
}

function identify(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats && `${stats.dev}:${stats.ino}`;
}
