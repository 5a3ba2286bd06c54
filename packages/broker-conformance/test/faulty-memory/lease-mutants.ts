import type { Delivery, StoredMessage } from "@jobs/core/broker";
import type { Inside, Mutant, QueueState } from "./mutant.ts";

type MessageRecord = Parameters<QueueState["lease"]>[0];

/** How one lease is granted. */
interface Terms {
  readonly until: number;
  readonly receipt: string;
}

/** A flaw in how a lease is written down; the worker is told what it asked for. */
function leasing(
  flaw: string,
  change: (record: MessageRecord, nowAt: number, terms: Terms) => Terms,
): Mutant {
  return {
    flaw,
    state(state) {
      const lease = state.lease.bind(state);
      return {
        lease: (record, nowAt, asked) => lease(record, nowAt, { ...asked, ...change(record, nowAt, asked) }),
      };
    },
    consumer: (consumer, { clock, leaseMs }) => ({
      async receive(options) {
        const leaseUntil = clock.monotonic() + leaseMs;
        return (await consumer.receive(options)).map((delivery) => ({ ...delivery, leaseUntil }));
      },
    }),
  };
}

/** A flaw in when an extended lease ends. */
function extending(
  flaw: string,
  until: (oldUntil: number, leaseMs: number, nowAt: number) => number,
): Mutant {
  return {
    flaw,
    state(state, clock) {
      const extend = state.extend.bind(state);
      return {
        extend: (record, asked) => {
          const nowAt = clock.monotonic();
          extend(record, until(record.at, asked - nowAt, nowAt));
        },
      };
    },
  };
}

/** The delivery as if it were the current lease of its message. */
function current({ state }: Inside, delivery: Delivery): Delivery {
  return { ...delivery, receipt: state.find(delivery.messageId)?.history.receipt ?? delivery.receipt };
}

/** Whether the delivery's lease has ended, and nobody has taken the message since. */
function isOverdue({ state, clock }: Inside, delivery: Delivery): boolean {
  state.catchUp(clock.monotonic());
  const history = state.find(delivery.messageId)?.history;
  return history?.isOverdue === true && history.receipt === delivery.receipt;
}

/** A flaw in whom a lease is said to belong to. */
function naming(
  flaw: string,
  change: (before: string | undefined, holder: string | undefined) => string | undefined,
): Mutant {
  return {
    flaw,
    state(state) {
      const lease = state.lease.bind(state);
      return {
        lease: (record, nowAt, asked) =>
          lease(record, nowAt, { ...asked, holder: change(record.history.holder, asked.holder) }),
      };
    },
  };
}

/** A flaw in what the late word of a lease's holder does. */
function hearing(
  flaw: string,
  change: (record: MessageRecord, receipt: string, hear: () => void) => void,
): Mutant {
  return {
    flaw,
    state(state) {
      const resumeLease = state.resumeLease.bind(state);
      return {
        resumeLease: (record, receipt, until) =>
          change(record, receipt, () => resumeLease(record, receipt, until)),
      };
    },
  };
}

/** How long a consumer has to live until it finds what dead ones have left, in ms. */
const RECOVERY_MS = 1_000;

function setCrashes(record: MessageRecord, crashCount: number): void {
  record.history = { ...record.history, crashCount };
}

export const leaseMutants: readonly Mutant[] = [
  naming("the holder of a lease is not told", () => undefined),
  naming("the first holder of a message is told for ever", (before, holder) => before ?? holder),
  naming("a holder without a name takes that of the one before", (before, holder) => holder ?? before),
  {
    flaw: "a holder is told after its lease has ended",
    queue: (queue, { state }) => ({
      async peek(options) {
        const page = await queue.peek(options);
        const told = ({ messageId }: StoredMessage) => state.find(messageId)?.history.holder;
        const messages = page.messages.map((one) => {
          const holder = told(one);
          return holder === undefined ? one : { ...one, holder };
        });
        return { ...page, messages };
      },
    }),
  },
  {
    flaw: "the end of a lease is not told",
    queue: (queue) => ({
      async peek(options) {
        const page = await queue.peek(options);
        const messages = page.messages.map(({ leaseUntil: _, ...one }) => one);
        return { ...page, messages };
      },
    }),
  },
  {
    flaw: "a lease settles after its end, though its receipt is declared stale by then",
    declares: { fencing: "lease-end" },
    keeps: { fencing: "next-lease" },
  },
  {
    flaw: "a lease that is declared stale at its end never counts as a crash",
    declares: { fencing: "lease-end" },
    state(state) {
      const lease = state.lease.bind(state);
      return {
        lease(record, nowAt, asked) {
          lease(record, nowAt, asked);
          setCrashes(record, 0);
        },
      };
    },
  },
  leasing("leases never expire", (_record, nowAt, terms) => ({ ...terms, until: nowAt + 1e12 })),
  leasing("leases end at once", (_record, nowAt, terms) => ({ ...terms, until: nowAt })),
  leasing("leases end half-way", (_record, nowAt, terms) => ({ ...terms, until: (nowAt + terms.until) / 2 })),
  leasing("leases last twice as long", (_record, nowAt, terms) => ({
    ...terms,
    until: 2 * terms.until - nowAt,
  })),
  leasing("a message has one receipt for all its leases", (record, _nowAt, terms) => ({
    ...terms,
    receipt: record.messageId,
  })),
  extending("an extension is counted from the old end", (oldUntil, leaseMs) => oldUntil + leaseMs),
  extending("an extension changes nothing", (oldUntil) => oldUntil),
  extending("an extension never shortens", (oldUntil, leaseMs, nowAt) => Math.max(oldUntil, nowAt + leaseMs)),
  {
    flaw: "settlements go by the message's id",
    consumer: (consumer, inside) => ({
      settle: (settlements) =>
        consumer.settle(settlements.map((one) => ({ ...one, delivery: current(inside, one.delivery) }))),
    }),
  },
  {
    flaw: "extensions go by the message's id",
    consumer: (consumer, inside) => ({
      extend: (deliveries, ms) =>
        consumer.extend(
          deliveries.map((one) => current(inside, one)),
          ms,
        ),
    }),
  },
  {
    flaw: "a lease that has ended settles nothing, although nobody has the message",
    consumer: (consumer, inside) => ({
      async settle(settlements) {
        const results = settlements.map(async (one) => {
          if (isOverdue(inside, one.delivery)) return { status: "lost" } as const;
          return (await consumer.settle([one]))[0]!;
        });
        return Promise.all(results);
      },
    }),
  },
  {
    flaw: "an extension does not take back a lease that has ended",
    consumer: (consumer, inside) => ({
      async extend(deliveries, ms) {
        const results = deliveries.map(async (one) => {
          if (isOverdue(inside, one)) return { status: "lost" } as const;
          return (await consumer.extend([one], ms))[0]!;
        });
        return Promise.all(results);
      },
    }),
  },
  hearing("a late word of its holder leaves the crash counted", (record, receipt, hear) => {
    const { crashed, isOverdue: wasOverdue } = record.history;
    const crashes = record.history.crashCount;
    hear();
    if (crashed === receipt || wasOverdue) setCrashes(record, wasOverdue ? crashes + 1 : crashes);
  }),
  hearing("each late word takes a crash back", (record, receipt, hear) => {
    hear();
    if (record.history.receipt !== receipt && record.history.crashCount > 0) {
      setCrashes(record, record.history.crashCount - 1);
    }
  }),
  hearing("a late word takes back the crash of another lease", (record, receipt, hear) => {
    const { crashed } = record.history;
    hear();
    if (crashed !== undefined && crashed !== receipt) setCrashes(record, record.history.crashCount - 1);
  }),
  {
    flaw: "stale settlements are told to be settled",
    consumer: (consumer) => ({
      settle: async (settlements) => (await consumer.settle(settlements)).map(() => ({ status: "settled" })),
    }),
  },
  {
    flaw: "results of an extend come in another order",
    consumer: (consumer) => ({
      extend: async (deliveries, ms) => rotated(await consumer.extend(deliveries, ms)),
    }),
  },
  {
    flaw: "one lost lease keeps its neighbours from being extended",
    consumer: (consumer) => ({
      async extend(deliveries, ms) {
        const results = await consumer.extend(deliveries, ms);
        return results.some(({ status }) => status === "lost")
          ? results.map(() => ({ status: "lost" }))
          : results;
      },
    }),
  },
  {
    flaw: "an extension that is under way shortens the delay of a retry",
    consumer(consumer) {
      const underWay = new Map<string, number>();
      return {
        async extend(deliveries, ms) {
          for (const { messageId } of deliveries) underWay.set(messageId, ms);
          const results = await consumer.extend(deliveries, ms);
          underWay.clear();
          return results;
        },
        settle: (settlements) =>
          consumer.settle(
            settlements.map((settlement) => {
              const ms = underWay.get(settlement.delivery.messageId);
              const isHit = settlement.action === "retry" && ms !== undefined;
              return isHit ? { ...settlement, delayMs: ms } : settlement;
            }),
          ),
      };
    },
  },
  {
    flaw: "a consumer finds what a dead one has left only after recoveryMs of its own life",
    claims: { recoveryMs: RECOVERY_MS },
    consumer(consumer, { state, clock }) {
      const findsAt = clock.monotonic() + RECOVERY_MS;
      return {
        receive(options) {
          const nowAt = clock.monotonic();
          for (const record of nowAt < findsAt ? state.values() : [])
            if (record.state === "leased" && record.at <= nowAt) state.extend(record, findsAt);
          return consumer.receive(options);
        },
      };
    },
  },
  {
    flaw: "closing a consumer gives its messages back",
    consumer: (consumer, { state, clock }) => ({
      async close() {
        for (const record of [...state.values()].filter(({ state: is }) => is === "leased")) {
          state.release(record, clock.monotonic());
        }
        await consumer.close();
      },
    }),
  },
];

function rotated<T>(results: readonly T[]): readonly T[] {
  return [...results.slice(1), ...results.slice(0, 1)];
}
