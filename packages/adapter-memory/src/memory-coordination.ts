import type { CoordinationEntry, CoordinationStore } from "@jobs/core/broker";
import type { Clock } from "@jobs/core/runtime";

interface KeptMark {
  readonly value: string;
  readonly expiresAt: number;
}

/** A coordination store inside this process. `clock` decides when an entry expires. */
export function createMemoryCoordination(clock: Clock): CoordinationStore {
  const sets = new Map<string, Map<string, KeptMark>>();

  /** The entries of a set that have not expired. It removes the others, since no timer does. */
  function present(set: string): Map<string, KeptMark> {
    const coordination = sets.get(set) ?? new Map<string, KeptMark>();
    const now = clock.monotonic();
    for (const [name, { expiresAt }] of coordination) {
      if (expiresAt <= now) coordination.delete(name);
    }
    if (coordination.size === 0) sets.delete(set);
    return coordination;
  }

  function put({ set, name, value }: CoordinationEntry, ttlMs: number): void {
    const coordination = present(set);
    coordination.set(name, { value, expiresAt: clock.monotonic() + ttlMs });
    sets.set(set, coordination);
    dropForgotten();
  }

  /** Each new entry cleans one set, in turn, so that unread sets do not stay for ever. */
  function dropForgotten(): void {
    const [oldest] = sets.keys();
    if (oldest === undefined) return;
    const coordination = present(oldest);
    sets.delete(oldest);
    if (coordination.size > 0) sets.set(oldest, coordination);
  }

  return {
    async put(entry, ttlMs) {
      put(entry, ttlMs);
    },
    async claim(entry, ttlMs) {
      const standing = present(entry.set).get(entry.name)?.value ?? entry.value;
      if (standing === entry.value) put(entry, ttlMs);
      return standing;
    },
    async list(set) {
      const coordination = [...present(set)].map(([name, { value }]) => ({ set, name, value }));
      return coordination.sort((one, other) => (one.name < other.name ? -1 : 1));
    },
    async count(set) {
      return present(set).size;
    },
    async remove(set, name) {
      present(set).delete(name);
    },
  };
}
