import { type CoordinationEntry, type CoordinationStore, UNTIL_REMOVED_MS } from "@jobs/core/broker";
import type { Clock } from "@jobs/core/runtime";
import type { Sql } from "./shared-connection.ts";
import type { SqliteFile } from "./sqlite-file.ts";

const PUT = `INSERT INTO marks (set_name, name, value, expires_at) VALUES (?1, ?2, ?3, ?4)
  ON CONFLICT (set_name, name) DO UPDATE SET value = ?3, expires_at = ?4`;
const STANDING = "SELECT value FROM marks WHERE set_name = ?1 AND name = ?2 AND expires_at > ?3";
const LIST = `SELECT set_name AS "set", name, value FROM marks WHERE set_name = ?1 AND expires_at > ?2 ORDER BY name`;
const COUNT = "SELECT count(*) AS n FROM marks WHERE set_name = ?1 AND expires_at > ?2";
const REMOVE = "DELETE FROM marks WHERE set_name = ?1 AND name = ?2";
const FORGET = `DELETE FROM marks WHERE (set_name, name) IN (
  SELECT set_name, name FROM marks WHERE expires_at <= ?1 ORDER BY expires_at LIMIT 100)`;

/** A coordination store in a file, for all processes of the machine. */
export function sqliteCoordination(file: SqliteFile, clock: Clock): CoordinationStore {
  const nowAt = () => Math.floor(clock.now());

  /** Each write removes some expired entries, so that they do not accumulate. */
  function write(sql: Sql, { set, name, value }: CoordinationEntry, ttlMs: number): void {
    sql.run(FORGET, nowAt());
    sql.run(PUT, set, name, value, Math.ceil(clock.now() + Math.min(ttlMs, UNTIL_REMOVED_MS)));
  }

  return {
    put: (entry, ttlMs) => file.write((sql) => write(sql, entry, ttlMs)),
    claim: (entry, ttlMs) =>
      file.write((sql) => {
        const standing = sql.get<{ readonly value: string }>(STANDING, entry.set, entry.name, nowAt());
        if (standing !== undefined && standing.value !== entry.value) return standing.value;
        write(sql, entry, ttlMs);
        return entry.value;
      }),
    list: (set) =>
      file.read((sql) => sql.all<CoordinationEntry>(LIST, set, nowAt()).map((entry) => ({ ...entry }))),
    count: (set) => file.read((sql) => sql.get<{ readonly n: number }>(COUNT, set, nowAt())?.n ?? 0),
    async remove(set, name) {
      await file.write((sql) => sql.run(REMOVE, set, name));
    },
  };
}
