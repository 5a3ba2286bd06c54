import {
  type Broker,
  type BrokerQueue,
  type Capabilities,
  type OutgoingMessage,
  type ReceiveOptions,
  type RedriveOptions,
  type Settlement,
  UnsupportedError,
} from "@jobs/core/broker";
import type { FaultyChecks, Mutant } from "./mutant.ts";

const NOTHING = new Promise<never>(() => {});
const ENDLESS = Number.POSITIVE_INFINITY;

function checking(flaw: string, checks: FaultyChecks): Mutant {
  return { flaw, checks };
}

/** What is not usable is made so, instead of being refused. */
function mendingMessages(flaw: string, mend: (message: OutgoingMessage) => OutgoingMessage): Mutant {
  return checking(flaw, { queue: (queue) => ({ send: (messages) => queue.send(messages.map(mend)) }) });
}

function mendingSettlements(flaw: string, mend: (one: Settlement) => Settlement): Mutant {
  return checking(flaw, {
    consumer: (consumer) => ({ settle: (settlements) => consumer.settle(settlements.map(mend)) }),
  });
}

function mendingReceives(flaw: string, mend: (options: ReceiveOptions) => ReceiveOptions): Mutant {
  return checking(flaw, {
    consumer: (consumer) => ({ receive: (options) => consumer.receive(mend(options)) }),
  });
}

function mendingRedrives(flaw: string, mend: (options: RedriveOptions) => RedriveOptions): Mutant {
  return checking(flaw, { queue: (queue) => ({ redrive: (options) => queue.redrive(mend(options)) }) });
}

/** What is declared away is swallowed, or done, instead of being refused. */
function overlooking(
  flaw: string,
  declares: NonNullable<Mutant["declares"]>,
  assume: Partial<Capabilities>,
  calls?: Partial<BrokerQueue>,
): Mutant {
  return {
    flaw,
    declares,
    keeps: {},
    checks: { assume, ...(calls === undefined ? {} : { queue: () => calls }) },
  };
}

/** A flaw in how often the driver is asked to close. */
function closing(flaw: string, close: (broker: Broker, isClosed: boolean) => Promise<void>): Mutant {
  return checking(flaw, {
    broker: (broker) => {
      let isClosed = false;
      return {
        async close() {
          const wasClosed = isClosed;
          isClosed = true;
          await close(broker, wasClosed);
        },
      };
    },
  });
}

/** A refusal by another name than that of the capability. */
function renaming(feature: keyof Capabilities, name: string): Mutant {
  return {
    flaw: `the refusal of ${feature} is named "${name}"`,
    declares: { [feature]: false },
    checks: {
      queue: ({ name: queue, ...calls }) => ({
        send: async (messages) =>
          (await calls.send(messages)).map((result) =>
            result.status === "failed" && result.error instanceof UnsupportedError
              ? { status: "failed", error: new UnsupportedError({ broker: "memory", queue }, name, "cannot") }
              : result,
          ),
      }),
    },
  };
}

/** Faults in core's checks for every broker, which the broker itself does not have. */
export const checkMutants: readonly Mutant[] = [
  mendingMessages("a delay that is no number is taken for none", (message) => ({
    ...message,
    delayMs: Number.isFinite(message.delayMs) ? (message.delayMs ?? 0) : 0,
  })),
  mendingMessages("a negative delay is taken for none", (message) => ({
    ...message,
    delayMs: Math.max(0, message.delayMs ?? 0),
  })),
  mendingMessages("priorities above the highest are taken for the highest", (message) => ({
    ...message,
    priority: Math.min(9, message.priority ?? 0),
  })),
  mendingMessages("ids are made usable instead of refused", (message) => ({
    ...message,
    id: message.id.replaceAll(/[^\w.-]/g, "_").slice(0, 128) || "empty",
  })),
  mendingMessages("groups are ignored", ({ groupKey: _, ...message }) => message),
  mendingSettlements("a retry's bad delay is taken for none", (one) =>
    one.action === "retry" && !(one.delayMs >= 0 && one.delayMs < 1e15) ? { ...one, delayMs: 0 } : one,
  ),
  mendingReceives("a max of 0 is taken for 1", (options) => ({
    ...options,
    max: options.max === 0 ? 1 : options.max,
  })),
  mendingRedrives("a redrive's bad limit is taken for none", (options) => ({
    ...options,
    limit: Number.isInteger(options.limit) && options.limit >= 0 ? options.limit : 0,
  })),
  checking("names are made usable instead of refused", {
    broker: (broker) => ({
      openQueue: (name) => broker.openQueue(name.replaceAll(/[^\w.-]/g, "_").slice(0, 80) || "empty"),
    }),
  }),
  checking("a lease without end is granted", {
    broker: (broker) => ({
      openConsumer: (name, { leaseMs }) =>
        broker.openConsumer(name, { leaseMs: Number.isFinite(leaseMs) ? leaseMs : 1e9 }),
    }),
  }),
  checking("the size of a body is counted in characters", {
    assume: { maxMessageBytes: 8 * 1024 * 1024 },
    queue: (queue) => ({
      send: (messages) =>
        queue.send(
          messages.map((message) => (message.body.length > 1024 * 1024 ? { ...message, id: "" } : message)),
        ),
    }),
  }),
  checking("one bad message keeps its neighbours from being sent", {
    queue: (queue) => ({
      async send(messages) {
        const isBad = messages.some(({ id }) => !/^[\w.-]{1,128}$/.test(id));
        return queue.send(isBad ? messages.map((message) => ({ ...message, id: "" })) : messages);
      },
    }),
  }),
  checking("one bad settlement keeps its neighbours from being settled", {
    consumer: (consumer) => ({
      async settle(settlements) {
        const isBad = settlements.some((one) => one.action === "retry" && one.delayMs < 0);
        return isBad ? settlements.map(() => ({ status: "lost" })) : consumer.settle(settlements);
      },
    }),
  }),
  checking("an empty send stores an empty message", {
    queue: (queue) => ({
      async send(messages) {
        if (messages.length > 0) return queue.send(messages);
        await queue.send([{ id: "empty", label: "", body: "{}" }]);
        return [];
      },
    }),
  }),
  checking("a bad time limit is taken for the usual one by a send", {
    queue: (queue) => ({ send: (messages) => queue.send(messages) }),
  }),
  mendingReceives("a bad time limit is taken for the usual one by a receive", (options) => ({
    ...options,
    timeoutMs: undefined,
  })),
  checking("finished jobs that nobody keeps are shown as none", {
    queue: (queue) => ({
      peek: async (options) => (options.state === "succeeded" ? { messages: [] } : queue.peek(options)),
    }),
  }),
  checking("a bad time limit is taken for the usual one by a settle", {
    consumer: (consumer) => ({ settle: (settlements) => consumer.settle(settlements) }),
  }),
  overlooking("text is sent that the store has not declared", { bodyText: "xml" }, { bodyText: "any" }),
  {
    flaw: "text is refused that the store has declared",
    checks: { assume: { bodyText: "unicode" } },
  },
  overlooking(
    "an undeclared peek shows nothing",
    { peek: false },
    { peek: true },
    { peek: async () => ({ messages: [] }) },
  ),
  overlooking(
    "an undeclared remove removes nothing",
    { remove: false },
    { remove: true },
    { remove: async () => [] },
  ),
  overlooking(
    "an undeclared pause does nothing",
    { pause: false },
    { pause: true },
    { pause: async () => {} },
  ),
  overlooking(
    "an undeclared purge does nothing",
    { purge: false },
    { purge: "immediate" },
    { purge: async () => {} },
  ),
  overlooking(
    "an undeclared redrive moves nothing",
    { redrive: false },
    { redrive: true },
    { redrive: async () => ({ moved: 0 }) },
  ),
  overlooking("an undeclared priority is taken", { priority: false }, { priority: { levels: 10 } }),
  overlooking(
    "an undeclared delay is taken",
    { delay: false },
    { delay: { maxMs: ENDLESS, nativeMs: ENDLESS } },
  ),
  overlooking(
    "an undeclared long delay is taken",
    { delay: { maxMs: 900_000, nativeMs: 900_000 } },
    { delay: { maxMs: ENDLESS, nativeMs: ENDLESS } },
  ),
  overlooking(
    "an undeclared long retry is taken",
    { retryDelay: { maxMs: 900_000 } },
    { retryDelay: { maxMs: ENDLESS } },
  ),
  overlooking(
    "an undeclared long lease is taken",
    { lease: { maxMs: 900_000, maxTotalMs: null } },
    { lease: { maxMs: ENDLESS, maxTotalMs: null } },
  ),
  overlooking("undeclared dead letters are kept", { deadLetter: false }, { deadLetter: "native" }),
  renaming("priority", "priorities"),
  renaming("delay", "delayed messages"),
  closing("closing a broker twice never ends", (broker, isClosed) => (isClosed ? NOTHING : broker.close())),
  closing("closing a broker twice fails", async (broker, isClosed) => {
    if (isClosed) throw new Error("already closed");
    await broker.close();
  }),
  checking("a closed consumer takes calls", { consumer: () => ({ close: async () => {} }) }),
  checking("a closed broker takes calls", { broker: () => ({ close: async () => {} }) }),
];
