import assert from "node:assert/strict";
import type {
  Broker,
  BrokerConsumer,
  BrokerQueue,
  Capabilities,
  Delivery,
  MessageState,
  OutgoingMessage,
} from "@jobs/core/broker";
import type { BrokerHarness } from "./broker-harness.ts";
import type { TestTime } from "./test-time.ts";

/** Length of the leases of a scene's consumer, in ticks: long enough that a slow machine loses none. */
export const LEASE_TICKS = 10;

/** How often an empty receive is repeated before it counts as empty: a broker may ask only some of its servers. */
const EMPTY_ANSWERS = 3;

/** The time limit of calls, in ms, where time is not the subject: a busy machine needs longer than a worker waits. */
const CALL_MS = 60_000;

/** A broker with one queue and its consumer, and the methods that clauses use on them. */
export class Scene {
  readonly harness: BrokerHarness;
  readonly broker: Broker;
  readonly queue: BrokerQueue;
  readonly consumer: BrokerConsumer;

  private constructor(harness: BrokerHarness, broker: Broker, ends: readonly [BrokerQueue, BrokerConsumer]) {
    this.harness = harness;
    this.broker = broker;
    [this.queue, this.consumer] = ends;
  }

  /** Opens a separate broker on the harness's storage, and `queueName` on it. */
  static async open(harness: BrokerHarness, queueName: string, leaseTicks = LEASE_TICKS): Promise<Scene> {
    const broker = await harness.openBroker();
    const leaseMs = leaseTicks * harness.time.tickMs;
    const ends = [
      await broker.openQueue(queueName),
      await broker.openConsumer(queueName, { leaseMs }),
    ] as const;
    return new Scene(harness, broker, ends);
  }

  get capabilities(): Capabilities {
    return this.harness.capabilities;
  }

  get time(): TestTime {
    return this.harness.time;
  }

  /** The same queue as another process sees it. */
  anotherProcess(leaseTicks = LEASE_TICKS): Promise<Scene> {
    return Scene.open(this.harness, this.queue.name, leaseTicks);
  }

  /** Another queue on the same broker. */
  async anotherQueue(suffix: string): Promise<Scene> {
    return Scene.open(this.harness, await this.harness.createQueue(suffix));
  }

  /** Sends a message for each name and returns the broker's ids. */
  async send(names: readonly string[], options: Partial<OutgoingMessage> = {}): Promise<readonly string[]> {
    const messages = names.map((name) => ({ ...message(name), ...options }));
    const results = await this.queue.send(messages, { timeoutMs: CALL_MS });
    return results.map((result) => {
      assert.equal(result.status, "sent", "a plain message is sent");
      return result.status === "sent" ? result.messageId : "";
    });
  }

  /** One receive without waiting. */
  receive(max = 1): Promise<readonly Delivery[]> {
    return this.consumer.receive({ max, waitMs: 0, signal: NEVER, timeoutMs: CALL_MS });
  }

  /** A receive that waits for `ticks`, not awaited. */
  wait(ticks: number, signal: AbortSignal = new AbortController().signal): Promise<readonly Delivery[]> {
    return this.consumer.receive({ max: 10, waitMs: ticks * this.time.tickMs, signal });
  }

  /** What a waiting receive returns, once something has woken it. It must notice in time. */
  woken(waiting: Promise<readonly Delivery[]>): Promise<readonly Delivery[]> {
    return this.time.within(waiting, 2 * this.time.tickMs + this.capabilities.resolutionMs);
  }

  /** Receives exactly `count` messages, in as many calls as the broker needs. */
  async take(count: number): Promise<readonly Delivery[]> {
    const taken: Delivery[] = [];
    for (let empty = 0; taken.length < count && empty < EMPTY_ANSWERS; ) {
      const max = Math.min(count - taken.length, this.capabilities.maxReceive);
      const received = await this.receive(max);
      if (received.length === 0) empty++;
      taken.push(...received);
    }
    assert.equal(taken.length, count, `${count} messages are ready to be received`);
    return taken;
  }

  /** Receives the one message that is ready. */
  async takeOne(): Promise<Delivery> {
    const [delivery] = await this.take(1);
    assert(delivery);
    return delivery;
  }

  /** Asserts that nothing can be received now. */
  async expectNothing(why: string): Promise<void> {
    for (let attempt = 0; attempt < EMPTY_ANSWERS; attempt++) {
      const names = (await this.receive(10)).map(nameOf);
      assert.deepEqual(names, [], why);
    }
  }

  /** Stores one message in each state, named after it. Returns the broker's ids. */
  async fillStates(): Promise<ReadonlyMap<MessageState, string>> {
    const ids = new Map<MessageState, string>();
    const sendAs = async (state: MessageState, delayMs?: number) => {
      const [id] = await this.send([state], delayMs === undefined ? {} : { delayMs });
      ids.set(state, id!);
    };
    await sendAs("dead");
    await this.settle(await this.takeOne(), { action: "dead", reason: "fatal" });
    await sendAs("leased");
    await this.takeOne();
    await sendAs("delayed", 50 * this.time.tickMs);
    await sendAs("ready");
    return ids;
  }

  /** The names of the messages in a state, at most ten. */
  async peekNames(state: MessageState): Promise<readonly string[]> {
    return (await this.queue.peek({ state, limit: 10 })).messages.map(nameOf);
  }

  ack(delivery: Delivery) {
    return this.settle(delivery, { action: "ack" });
  }

  /** Settles one delivery and returns the status of the answer. */
  async settle(delivery: Delivery, action: WithoutDelivery): Promise<"settled" | "lost" | "failed"> {
    const results = await this.consumer.settle([{ delivery, ...action }], { timeoutMs: CALL_MS });
    assert.equal(results.length, 1, "one result for one settlement");
    return results[0]!.status;
  }

  /** Waits for a number of ticks. */
  pass(ticks: number): Promise<void> {
    return this.time.pass(ticks * this.time.tickMs);
  }

  /** Waits until all present leases have ended and the broker has noticed it. */
  passLease(leaseTicks = LEASE_TICKS): Promise<void> {
    const { recoveryMs, resolutionMs } = this.capabilities;
    return this.time.pass(leaseTicks * this.time.tickMs + recoveryMs + resolutionMs + this.time.slackMs);
  }
}

type WithoutDelivery = Parameters<typeof settlementOf>[1];
type Settlements = Parameters<BrokerConsumer["settle"]>[0];
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** A settlement of one delivery. */
export function settlementOf(
  delivery: Delivery,
  action: DistributiveOmit<Settlements[number], "delivery">,
): Settlements[number] {
  return { delivery, ...action };
}

/** Values that are no time limit of a call. */
export const BAD_LIMITS: readonly number[] = [0, -1, Number.NaN, Number.POSITIVE_INFINITY];

/** A time limit within which any call is done, in ms. */
export const GENEROUS_MS = 60_000;

/** A signal that never aborts. */
export const NEVER: AbortSignal = new AbortController().signal;

/** A message with its name in the body. */
export function message(name: string): OutgoingMessage {
  return { id: name, label: "conformance", body: JSON.stringify({ name }) };
}

/** The name that {@link message} gave the message of a delivery. */
export function nameOf(delivery: { readonly body: string }): string {
  return (JSON.parse(delivery.body) as { readonly name: string }).name;
}

/** `prefix-0`, `prefix-1`, … */
export function names(prefix: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
}
