import type { Mutant } from "./mutant.ts";
import type { TransactionKeeping } from "./transactional-memory.ts";

/** Memory that takes part in transactions of the caller. */
function joining(flaw: string, transactions: TransactionKeeping): Mutant {
  return { flaw, transactions, declares: { transactions: true } };
}

/** Nothing is wrong with it. */
export const soundTransactions = joining("none", {});

/** Each breaks a transaction in a way of its own. */
export const transactionMutants: readonly Mutant[] = [
  joining("a message of a transaction is stored before the commit", { sends: "at once" }),
  joining("a message of a transaction is lost at the commit", { sends: "never" }),
  joining("a commit does not wake a receive that waits", { sends: "silently" }),
  joining("a rollback leaves the ids of its messages taken", { keepsIds: true }),
  joining("delays are ignored within a transaction", {
    change: ({ delayMs: _, ...message }) => message,
  }),
  joining("priorities are ignored within a transaction", {
    change: ({ priority: _, ...message }) => message,
  }),
  joining("a transaction does not see that an id is stored", { ignoresDuplicates: true }),
  joining("what is no transaction is taken for none", { takes: "anything" }),
  joining("a transaction that has ended is taken for an open one", { takes: "what has ended" }),
  joining("a message is completed before the commit", { completes: "at once" }),
  joining("a message is never completed", { completes: "never" }),
  joining("a message is completed although the transaction was rolled back", {
    completes: "after a rollback too",
  }),
  joining("completing a message acks it", { acks: true }),
  joining("a completed message is delivered without its value", { forgets: "value" }),
  joining("a retry takes the value of a completed message away", { forgets: "value at a retry" }),
  joining("a stale holder completes the message of another worker", { stale: "marks" }),
  joining("a stale holder is told that it completed the message", { stale: "lies" }),
  joining("a message that is gone counts as not completed", { gone: "denied" }),
  joining("stored messages are not found by their ids", { finds: "none" }),
  joining("messages are found that are not stored", { finds: "all" }),
  {
    ...joining("a committed completion is not found", {}),
    consumer: () => ({ isCompleted: async () => false }),
  },
  {
    ...joining("every message counts as completed", {}),
    consumer: () => ({ isCompleted: async () => true }),
  },
];
