import type { App } from "@jobs/core";
import { type CoordinationStore, readRecord } from "@jobs/core/broker";
import type { Clock } from "@jobs/core/runtime";
import type { AuditEntry } from "../api/action-types.ts";

/** Who did what. It is written after the action, whatever its outcome. */
export interface AuditLog {
  write(entry: Omit<AuditEntry, "at">): Promise<void>;
  /** The newest first. */
  read(): Promise<readonly AuditEntry[]>;
}

/** The set of entries, behind the prefix of the app's queues: so apps on one server have logs of their own. */
const AUDIT = "dashboard_audit";

/** How long an entry is kept, in ms: 90 days. */
const KEPT_MS = 90 * 86_400_000;

/** The most entries; beyond it the oldest is removed. */
const MOST_ENTRIES = 1_000;

/**
 * Keeps the log in the app's coordination store. Without one it is kept in this process, so that it ends with the
 * dashboard.
 */
export function createAuditLog(app: App, clock: Clock): AuditLog {
  const store = app.results?.coordination ?? app.broker?.coordination;
  return store === undefined ? inProcess(clock) : inStore(store, `${app.config.queuePrefix}${AUDIT}`, clock);
}

function inProcess(clock: Clock): AuditLog {
  let entries: AuditEntry[] = [];
  return {
    async write(entry) {
      entries = [{ at: clock.now(), ...entry }, ...entries].slice(0, MOST_ENTRIES);
    },
    read: async () => entries,
  };
}

function inStore(store: CoordinationStore, set: string, clock: Clock): AuditLog {
  let written = 0;
  return {
    async write(entry) {
      const at = clock.now();
      // In the order of time, also for two of one millisecond.
      const name = `${String(Math.floor(at)).padStart(15, "0")}.${String(written++).padStart(9, "0")}.${process.pid}`;
      await store.put({ set, name, value: JSON.stringify({ at, ...entry }) }, KEPT_MS);
      const excess = (await store.count(set)) - MOST_ENTRIES;
      if (excess <= 0) return;
      const oldest = (await store.list(set)).slice(0, excess);
      await Promise.all(oldest.map((one) => store.remove(set, one.name)));
    },
    async read() {
      const entries = await store.list(set);
      return entries
        .map(({ name, value }) => readRecord<AuditEntry>(value, `entry ${name} of the audit log`, isEntry))
        .reverse();
    },
  };
}

function isEntry(record: object): boolean {
  return "at" in record && "who" in record && "action" in record;
}
