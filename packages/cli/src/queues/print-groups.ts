import type { DeadGroup, DeadKey } from "@jobs/core/runtime";
import { maskTexts } from "../output/mask-secrets.ts";
import type { Output } from "../output/output.ts";

/** Dead letters of one queue, or of all, that share something. */
export interface ShownGroup extends DeadGroup {
  readonly queue?: string;
}

/** What dead letters can be grouped by on the command line, in the order of the columns. */
export const GROUP_WORDS = ["queue", "reason", "task", "sig"] as const;

/** One of {@link GROUP_WORDS}. */
export type GroupWord = (typeof GROUP_WORDS)[number];

const PART_OF = { reason: "reason", task: "task", sig: "signature" } as const satisfies Record<
  Exclude<GroupWord, "queue">,
  keyof DeadKey
>;

/** The parts of a dead letter's key that the words name. */
export function partsOf(words: readonly GroupWord[]): readonly (keyof DeadKey)[] {
  return words.flatMap((word) => (word === "queue" ? [] : [PART_OF[word]]));
}

/** Groups of several queues; those that share the same are one, unless the queue is among the words. */
export function joinGroups(
  found: readonly (DeadGroup & { readonly queue: string })[],
  words: readonly GroupWord[],
): readonly ShownGroup[] {
  const groups = new Map<string, ShownGroup>();
  for (const { queue, ...group } of found) {
    const own = words.includes("queue") ? { queue } : {};
    const key = JSON.stringify([own, partsOf(words).map((part) => group[part])]);
    const other = groups.get(key);
    groups.set(key, other === undefined ? { ...own, ...group } : joined(other, group));
  }
  return [...groups.values()].sort((one, other) => other.count - one.count);
}

function joined(one: ShownGroup, other: DeadGroup): ShownGroup {
  const newest = one.newestAt >= other.newestAt ? one : other;
  return {
    ...one,
    count: one.count + other.count,
    oldestAt: Math.min(one.oldestAt, other.oldestAt),
    newestAt: newest.newestAt,
    error: newest.error,
    sample: newest.sample,
  };
}

/** Prints groups as a table, or as one JSON document of schema `jobs.dlq-groups/1`. The largest is first. */
export async function printGroups(
  groups: readonly ShownGroup[],
  words: readonly GroupWord[],
  output: Output,
): Promise<void> {
  if (output.isJson) {
    output.json({ schema: "jobs.dlq-groups/1", groups: groups.map(described) });
    return;
  }
  if (groups.length === 0) {
    output.line("none");
    return;
  }
  const { tableLines } = await import("../output/table.ts");
  const columns = [
    { title: "count", align: "right" as const },
    ...words.map((title) => ({ title })),
    { title: "oldest" },
    { title: "newest" },
    { title: "newest error" },
  ];
  const rows = groups.map((group) => {
    const shared = words.map((word) => (word === "queue" ? group.queue : group[PART_OF[word]]) ?? "?");
    const { oldestAt, newestAt, error } = described(group);
    return [String(group.count), ...shared, oldestAt, newestAt, error?.name ?? ""];
  });
  for (const line of tableLines(columns, rows)) output.line(line);
}

function described({ oldestAt, newestAt, error, ...group }: ShownGroup) {
  return {
    ...group,
    oldestAt: new Date(oldestAt).toISOString(),
    newestAt: new Date(newestAt).toISOString(),
    ...(error === undefined ? {} : { error: maskTexts(error) }),
  };
}
