import type { Broker, BrokerConsumer, BrokerQueue, Delivery } from "@jobs/core/broker";

/** The calls of a queue whose cost is measured. */
export type CallName = "send" | "receive" | "settle and receive" | "empty receive" | "stats";

/** Durations of calls in ms, by name. */
export class CallTimes {
  readonly #times = new Map<CallName, number[]>();

  async time<T>(name: CallName, call: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    const answer = await call();
    const times = this.#times.get(name) ?? [];
    times.push(performance.now() - startedAt);
    this.#times.set(name, times);
    return answer;
  }

  /** The longest of all, in ms. */
  get slowestMs(): number {
    return Math.round(
      Math.max(0, ...[...this.#times.values()].map((times) => times.reduce((a, b) => Math.max(a, b), 0))),
    );
  }

  /** The medians in ms, and forgets what they are of. */
  takeMedians(): Partial<Record<CallName, number>> {
    const medians = [...this.#times].map(([name, times]) => [name, medianOf(times)]);
    this.#times.clear();
    return Object.fromEntries(medians);
  }
}

function medianOf(times: readonly number[]): number {
  const sorted = times.toSorted((one, other) => one - other);
  return Math.round((sorted[Math.floor(sorted.length / 2)] ?? 0) * 1_000) / 1_000;
}

/** One queue of a broker, opened at both ends. */
export interface TimedQueue extends AsyncDisposable {
  readonly times: CallTimes;
  send(count: number): Promise<void>;
  /** Acks these and receives others. */
  next(done: readonly Delivery[], max: number): Promise<readonly Delivery[]>;
  receive(max: number, name?: CallName): Promise<readonly Delivery[]>;
  ack(done: readonly Delivery[]): Promise<void>;
  stats(): Promise<void>;
}

/** As long as a usual lease, in ms: entries of ended leases stay in an index for that time. */
const LEASE_MS = 30_000;

/** About what a job with a few parameters takes. */
const BODY = JSON.stringify({ task: "order.confirm", params: { order: 4_711, text: "x".repeat(120) } });

const NEVER = new AbortController().signal;

/** The time limit of a call, in ms: on a busy machine a slow call is measured, and is no failure. */
export const CALL_MS = 60_000;

const AT_ONCE = { waitMs: 0, signal: NEVER, timeoutMs: CALL_MS };

/** Opens a queue whose calls are timed. It closes the broker at the end. `prefix`: of the ids of its messages. */
export async function openTimedQueue(broker: Broker, name: string, prefix: string): Promise<TimedQueue> {
  const times = new CallTimes();
  const queue: BrokerQueue = await broker.openQueue(name);
  const consumer: BrokerConsumer = await broker.openConsumer(name, { leaseMs: LEASE_MS });
  let sent = 0;
  const nextId = () => `${prefix}-${String(sent++).padStart(9, "0")}`;
  const acks = (done: readonly Delivery[]) => done.map((delivery) => ({ delivery, action: "ack" as const }));
  return {
    times,
    async send(count) {
      const messages = Array.from({ length: count }, () => ({
        id: nextId(),
        label: "order.confirm",
        body: BODY,
      }));
      const results = await times.time("send", () => queue.send(messages, { timeoutMs: CALL_MS }));
      if (results.some(({ status }) => status !== "sent")) throw new Error("a message was not stored.");
    },
    async next(done, max) {
      const { settleAndReceive } = consumer;
      if (settleAndReceive === undefined) throw new TypeError("this broker has no combined call.");
      const answer = await times.time("settle and receive", () =>
        settleAndReceive.call(consumer, acks(done), { ...AT_ONCE, max }),
      );
      return answer.received;
    },
    receive: (max, call = "receive") => times.time(call, () => consumer.receive({ ...AT_ONCE, max })),
    async ack(done) {
      await consumer.settle(acks(done), { timeoutMs: CALL_MS });
    },
    async stats() {
      await times.time("stats", () => queue.stats());
    },
    [Symbol.asyncDispose]: () => broker.close(),
  };
}
