import type { GroupKeeping } from "./grouped-memory.ts";
import type { Mutant } from "./mutant.ts";

/** Memory that keeps groups in order, and like brokers that do has no other order beside. */
function grouping(flaw: string, groups: GroupKeeping): Mutant {
  return { flaw, groups, declares: { order: "best-effort", priority: false } };
}

/** Nothing is wrong with it. */
export const soundGroups = grouping("none", {});

/** Each breaks a group in a way of its own. */
export const groupMutants: readonly Mutant[] = [
  {
    ...grouping("a message with a group is lost", {}),
    queue: (queue) => ({
      async send(messages, options) {
        await queue.send(
          messages.filter(({ groupKey }) => groupKey === undefined),
          options,
        );
        return messages.map(({ id }) => ({ status: "sent", messageId: id }));
      },
    }),
  },
  grouping("the order in groups is declared only", { blocks: () => false }),
  grouping("the last of a group is its first", { isReversed: true }),
  grouping("a group that is held up holds up the others", { isOneLine: true }),
  grouping("a group goes on while its first is leased", { blocks: ({ state }) => state === "delayed" }),
  grouping("a group goes on while its first waits for its retry", {
    blocks: ({ state }) => state === "leased",
  }),
  grouping("a group is locked for the process that has its first, and open to others", {
    blocks: ({ state }, isOwn) => state === "delayed" || isOwn,
  }),
  grouping("a dead letter holds up its group", { blocks: () => true }),
];
