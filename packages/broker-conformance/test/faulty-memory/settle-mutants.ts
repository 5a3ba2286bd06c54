import type { Settlement } from "@jobs/core/broker";
import type { Mutant } from "./mutant.ts";

/** A flaw in what a settlement is taken for. */
function settling(flaw: string, change: (settlement: Settlement) => Settlement): Mutant {
  return {
    flaw,
    consumer: (consumer) => ({ settle: (settlements) => consumer.settle(settlements.map(change)) }),
  };
}

export const settleMutants: readonly Mutant[] = [
  settling("acks put the message back", (one) =>
    one.action === "ack" ? { delivery: one.delivery, action: "release" } : one,
  ),
  settling("acked messages are kept as dead letters", (one) =>
    one.action === "ack" ? { delivery: one.delivery, action: "dead", reason: "expired" } : one,
  ),
  settling("acks with a value are snoozes", (one) =>
    one.action === "ack" && one.value !== undefined
      ? { delivery: one.delivery, action: "retry", delayMs: 0, failed: false }
      : one,
  ),
  {
    flaw: "a note ends the lease",
    consumer: (consumer) => ({
      note: async (delivery) => void (await consumer.settle([{ delivery, action: "release" }])),
    }),
  },
  settling("retries wait for nothing", (one) => (one.action === "retry" ? { ...one, delayMs: 0 } : one)),
  settling("retries without a delay are acks", (one) =>
    one.action === "retry" && one.delayMs === 0 ? { delivery: one.delivery, action: "ack" } : one,
  ),
  settling("failed retries are not counted", (one) =>
    one.action === "retry" ? { ...one, failed: false } : one,
  ),
  settling("snoozes count as failures", (one) => (one.action === "retry" ? { ...one, failed: true } : one)),
  settling("releases count as failures", (one) =>
    one.action === "release" ? { delivery: one.delivery, action: "retry", delayMs: 0, failed: true } : one,
  ),
  settling("the reason of a retry is lost", (one) => (one.action === "retry" ? { ...one, reason: "" } : one)),
  settling("dead letters are forgotten", (one) =>
    one.action === "dead" ? { delivery: one.delivery, action: "ack" } : one,
  ),
  settling("dead letters go back to work", (one) =>
    one.action === "dead" ? { delivery: one.delivery, action: "retry", delayMs: 60_000, failed: true } : one,
  ),
  settling("dead letters lose their error", (one) =>
    one.action === "dead" ? { delivery: one.delivery, action: "dead", reason: one.reason } : one,
  ),
  settling("all dead letters have one reason", (one) =>
    one.action === "dead" ? { ...one, reason: "exhausted" } : one,
  ),
  {
    flaw: "results of a settle come in another order",
    consumer: (consumer) => ({
      settle: async (settlements) => (await consumer.settle(settlements)).toReversed(),
    }),
  },
  {
    flaw: "one lost lease keeps its neighbours from being settled",
    consumer: (consumer, { state }) => ({
      async settle(settlements) {
        const isHeld = ({ delivery }: Settlement) =>
          state.find(delivery.messageId)?.history.receipt === delivery.receipt;
        return settlements.every(isHeld)
          ? consumer.settle(settlements)
          : settlements.map(() => ({ status: "lost" }));
      },
    }),
  },
  {
    flaw: "what was acked comes back with its lease's end",
    consumer: (consumer, { clock, state, leaseMs }) => ({
      async settle(settlements) {
        const results = await consumer.settle(settlements);
        const nowAt = clock.monotonic();
        settlements.forEach(({ action, delivery }, index) => {
          if (action !== "ack" || results[index]?.status !== "settled") return;
          const message = { id: delivery.messageId, label: "", body: delivery.body };
          state.add(message, delivery.messageId, nowAt, { nowAt, dueAt: nowAt + leaseMs });
        });
        return results;
      },
    }),
  },
  {
    flaw: "a crash forgets the failures before it",
    state: (state) => {
      const catchUp = state.catchUp.bind(state);
      return {
        catchUp(nowAt) {
          catchUp(nowAt);
          for (const record of state.values()) {
            if (record.state === "ready" && record.history.crashCount > 0) {
              record.history = { ...record.history, failureCount: 0 };
            }
          }
        },
      };
    },
  },
  {
    flaw: "a retry loses the priority",
    state: (state) => {
      const retry = state.retry.bind(state);
      return {
        retry(record, times) {
          Object.assign(record, { priority: 0 });
          retry(record, times);
        },
      };
    },
  },
];
