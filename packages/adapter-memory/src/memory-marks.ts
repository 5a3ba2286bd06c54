import type { Clock, Mark, Marks } from "@jobs/core";

interface KeptMark {
  readonly value: string;
  readonly expiresAt: number;
}

/** Marks inside this process. */
export function createMemoryMarks(clock: Clock): Marks {
  const sets = new Map<string, Map<string, KeptMark>>();

  /** What is past its time is dropped when its set is looked at. */
  function present(set: string): Map<string, KeptMark> {
    const marks = sets.get(set) ?? new Map<string, KeptMark>();
    for (const [name, { expiresAt }] of marks) {
      if (expiresAt <= clock.monotonic()) marks.delete(name);
    }
    if (marks.size === 0) sets.delete(set);
    return marks;
  }

  function put({ set, name, value }: Mark, ttlMs: number): void {
    const marks = present(set);
    marks.set(name, { value, expiresAt: clock.monotonic() + ttlMs });
    sets.set(set, marks);
    dropForgotten();
  }

  /** A set that nobody looks at any more must not stay for ever: with each new mark one set is looked through, in turn. */
  function dropForgotten(): void {
    const [oldest] = sets.keys();
    if (oldest === undefined) return;
    const marks = present(oldest);
    sets.delete(oldest);
    if (marks.size > 0) sets.set(oldest, marks);
  }

  return {
    async put(mark, ttlMs) {
      put(mark, ttlMs);
    },
    async claim(mark, ttlMs) {
      const standing = present(mark.set).get(mark.name)?.value ?? mark.value;
      if (standing === mark.value) put(mark, ttlMs);
      return standing;
    },
    async list(set) {
      const marks = [...present(set)].map(([name, { value }]) => ({ set, name, value }));
      return marks.sort((one, other) => (one.name < other.name ? -1 : 1));
    },
    async count(set) {
      return present(set).size;
    },
    async remove(set, name) {
      present(set).delete(name);
    },
  };
}
