import {
  type BrokerQueue,
  CALL_TIMEOUT_MS,
  QueueNotFoundError,
  type QueueStats,
  type Reach,
  type RedriveOptions,
  type RestoredMessage,
  type StoredMessage,
} from "@jobs/core/broker";
import type { Mutant, QueueState } from "./mutant.ts";

type States = ReadonlySet<string>;
type History = NonNullable<ReturnType<QueueState["find"]>>["history"];

/** A flaw in which messages a purge removes. */
function purging(flaw: string, states: States): Mutant {
  return {
    flaw,
    queue: (_queue, { state }) => ({
      async purge() {
        for (const record of [...state.values()]) if (states.has(record.state)) state.remove(record);
      },
    }),
  };
}

/** A flaw in how a redrive is asked for. */
function redriving(flaw: string, change: (options: RedriveOptions) => RedriveOptions): Mutant {
  return { flaw, queue: (queue) => ({ redrive: (options) => queue.redrive(change(options)) }) };
}

/** A flaw in what is counted. */
function counting(flaw: string, change: (stats: QueueStats) => Partial<QueueStats>): Mutant {
  return {
    flaw,
    queue: (queue) => ({
      async stats() {
        const stats = await queue.stats();
        return { ...stats, ...change(stats) };
      },
    }),
  };
}

/** A flaw in what a restored message keeps. */
function restoring(flaw: string, change: (message: RestoredMessage) => RestoredMessage): Mutant {
  return {
    flaw,
    queue: (queue) => ({
      restore: (messages) => (queue.restore as Restore)(messages.map(change), { timeoutMs: CALL_TIMEOUT_MS }),
    }),
  };
}

type Restore = NonNullable<BrokerQueue["restore"]>;

/** A flaw in which dead letters are removed when they are taken. */
function taking(flaw: string, isRemoved: (index: number) => boolean): Mutant {
  return {
    flaw,
    queue: (queue, { state }) => ({
      async takeDead(take) {
        const { messages } = await queue.peek({ state: "dead", limit: 100 });
        await take(messages);
        messages.forEach(({ messageId }, index) => {
          const record = state.find(messageId);
          if (record !== undefined && isRemoved(index)) state.remove(record);
        });
      },
    }),
  };
}

/** A flaw in what a revived dead letter keeps. */
function reviving(flaw: string, change: (before: History, after: History) => History): Mutant {
  return {
    flaw,
    state(state) {
      const revive = state.revive.bind(state);
      return {
        revive(record, target, nowAt) {
          const before = record.history;
          revive(record, target, nowAt);
          record.history = change(before, record.history);
        },
      };
    },
  };
}

export const adminMutants: readonly Mutant[] = [
  { flaw: "a broker does not say who sees its queues", broker: () => ({ reach: "galaxy" as Reach }) },
  purging("a purge takes leased messages", new Set(["ready", "delayed", "leased"])),
  purging("a purge takes dead letters", new Set(["ready", "delayed", "dead"])),
  purging("a purge leaves delayed messages", new Set(["ready"])),
  purging("a purge does nothing", new Set()),
  restoring("a restore forgets failures", (message) => ({ ...message, failureCount: 0 })),
  restoring("a restore forgets crashes", (message) => ({ ...message, crashCount: 0 })),
  restoring("a restore forgets deliveries", (message) => ({ ...message, deliveryCount: 0 })),
  restoring("a restore forgets redrives", (message) => ({ ...message, redrives: 0 })),
  restoring("a restore makes dead letters ready", ({ dead: _, ...message }) => message),
  restoring("a restore forgets when a job died", ({ dead, ...message }) =>
    dead === undefined ? message : { ...message, dead: { ...dead, at: 0 } },
  ),
  restoring("a restore forgets delays", ({ delayMs: _, ...message }) => message),
  restoring("a restore forgets priorities", ({ priority: _, ...message }) => message),
  {
    flaw: "a restore replaces the stored message",
    queue: (queue, { state }) => ({
      async restore(messages, options) {
        for (const { id } of messages) {
          const record = state.find(id);
          if (record !== undefined) state.remove(record);
        }
        return (queue.restore as Restore)(messages, options);
      },
    }),
  },
  taking("dead letters that are taken stay", () => false),
  taking("dead letters that are not taken are removed", () => true),
  redriving("a redrive knows no limit", (options) => ({ ...options, limit: Math.max(options.limit, 1000) })),
  redriving("a redrive by ids takes all", ({ ids: _, ...options }) => options),
  redriving("a redrive stays in its queue", ({ to: _, ...options }) => options),
  reviving("a redrive keeps the counters", (before, after) => ({
    ...before,
    dead: undefined,
    redrives: after.redrives,
  })),
  reviving("a redrive does not count itself", (_before, after) => ({ ...after, redrives: 0 })),
  {
    flaw: "a redrive takes the youngest first",
    state: (state) => {
      const deadLetters = state.deadLetters.bind(state);
      return { deadLetters: () => [...deadLetters()].toReversed() };
    },
  },
  {
    flaw: "the failure that ends a job is not counted",
    queue: (queue) => ({
      async peek(options) {
        const page = await queue.peek(options);
        const uncounted = ({ failureCount }: StoredMessage) => (failureCount ?? 0) - 1;
        const messages = page.messages.map((one) =>
          one.dead ? { ...one, failureCount: uncounted(one) } : one,
        );
        return { ...page, messages };
      },
    }),
  },
  {
    flaw: "a redrive into another queue wakes nobody and moves nothing",
    queue: (queue) => ({
      redrive: async (options) => (options.to === undefined ? queue.redrive(options) : { moved: 1 }),
    }),
  },
  {
    flaw: "a pause stops nothing",
    queue: (queue, { state }) => {
      let isPaused = false;
      return {
        async pause() {
          isPaused = true;
          state.isPaused = false;
        },
        async resume() {
          isPaused = false;
        },
        stats: async () => ({ ...(await queue.stats()), isPaused }),
      };
    },
  },
  { flaw: "a pause is never lifted", queue: () => ({ resume: async () => {} }) },
  {
    flaw: "a pause ends with the process that asked for it",
    queue: (_queue, { state }) => ({
      async pause() {
        state.isPaused = true;
      },
    }),
    broker: (broker) => {
      const queues: BrokerQueue[] = [];
      return {
        async openQueue(name) {
          const queue = await broker.openQueue(name);
          queues.push(queue);
          return queue;
        },
        async close() {
          await Promise.all(queues.map((queue) => queue.resume()));
          await broker.close();
        },
      };
    },
  },
  {
    flaw: "a paused queue settles nothing",
    consumer: (consumer, { state }) => ({
      settle: async (settlements) =>
        state.isPaused ? settlements.map(() => ({ status: "lost" })) : consumer.settle(settlements),
    }),
  },
  {
    flaw: "remove takes a leased message from its worker",
    queue: (queue, { state }) => ({
      async remove(ids) {
        for (const id of ids) {
          const record = state.find(id);
          if (record?.state === "leased") state.remove(record);
        }
        return queue.remove(ids);
      },
    }),
  },
  {
    flaw: "remove says removed, whatever it found",
    queue: (queue) => ({
      remove: async (ids) => (await queue.remove(ids)).map(({ id }) => ({ id, status: "removed" })),
    }),
  },
  {
    flaw: "peek leases what it shows",
    queue: (queue, { state, clock }) => ({
      async peek(options) {
        const page = await queue.peek(options);
        for (const { messageId } of page.messages) {
          const record = state.find(messageId);
          if (record?.state !== "ready") continue;
          const nowAt = clock.monotonic();
          state.lease(record, nowAt, { until: nowAt + 1000, receipt: "peek" });
          state.release(record, nowAt);
        }
        return page;
      },
    }),
  },
  {
    flaw: "peek knows no pages",
    queue: (queue) => ({ peek: ({ cursor: _, ...options }) => queue.peek({ ...options, limit: 1000 }) }),
  },
  {
    flaw: "peek forgets where the last page ended",
    queue: (queue) => ({ peek: ({ cursor: _, ...options }) => queue.peek(options) }),
  },
  {
    flaw: "peek takes a wrong cursor for the first page",
    queue: (queue) => ({
      peek: ({ cursor, ...options }) =>
        queue.peek(cursor !== undefined && /^\d+$/.test(cursor) ? { cursor, ...options } : options),
    }),
  },
  {
    flaw: "peek by id shows all",
    queue: (queue) => ({ peek: ({ id: _, ...options }) => queue.peek(options) }),
  },
  {
    flaw: "due times are told by the monotonic clock",
    queue: (queue, { clock }) => ({
      async peek(options) {
        const page = await queue.peek(options);
        const offset = clock.now() - clock.monotonic();
        return { ...page, messages: page.messages.map((one) => ({ ...one, dueAt: one.dueAt - offset })) };
      },
    }),
  },
  counting("leased messages are counted as ready", ({ ready, leased }) => ({
    ready: { n: (ready.n ?? 0) + (leased.n ?? 0), exact: true },
  })),
  counting("delayed messages are not counted", () => ({ delayed: { n: 0, exact: true } })),
  counting("dead letters are not counted", () => ({ dead: { n: 0, exact: true } })),
  counting("exact counts are marked as estimates", ({ ready }) => ({ ready: { ...ready, exact: false } })),
  counting("what came in is forgotten when it leaves", ({ ready, delayed, leased, dead }) => ({
    entered: {
      n: [ready, delayed, leased, dead].reduce((sum, count) => sum + (count.n ?? 0), 0),
      exact: true,
    },
  })),
  counting("an unknown number of arrivals is called exact", () => ({ entered: { n: null, exact: true } })),
  {
    flaw: "duplicates are counted as arrivals",
    queue: (queue) => {
      let duplicates = 0;
      return {
        async send(messages) {
          const results = await queue.send(messages);
          duplicates += results.filter(({ status }) => status === "duplicate").length;
          return results;
        },
        async stats() {
          const stats = await queue.stats();
          return { ...stats, entered: { n: (stats.entered.n ?? 0) + duplicates, exact: true } };
        },
      };
    },
  },
  {
    flaw: "a redrive is not counted as an arrival",
    queue: (queue) => {
      let moved = 0;
      return {
        async redrive(options) {
          const result = await queue.redrive(options);
          moved += result.moved;
          return result;
        },
        async stats() {
          const stats = await queue.stats();
          return { ...stats, entered: { n: (stats.entered.n ?? 0) - moved, exact: true } };
        },
      };
    },
  },
  counting("nobody waits for long", ({ oldestReadyMs }) => ({
    oldestReadyMs: oldestReadyMs === null ? null : 0,
  })),
  counting("somebody always waits", ({ oldestReadyMs }) => ({ oldestReadyMs: oldestReadyMs ?? 0 })),
  {
    flaw: "both ends of a queue declare different things",
    consumer: (consumer) => ({ capabilities: { ...consumer.capabilities, maxReceive: 7 } }),
  },
  { flaw: "a broker has no name", broker: () => ({ kind: "" }) },
  {
    flaw: "a queue must exist beforehand, undeclared",
    broker: (broker) => ({
      async openQueue(name) {
        if (name.endsWith("fresh")) throw new QueueNotFoundError({ broker: "memory", queue: name });
        return broker.openQueue(name);
      },
    }),
  },
  { flaw: "more is received than declared", declares: { maxReceive: 10 }, keeps: {} },
];
