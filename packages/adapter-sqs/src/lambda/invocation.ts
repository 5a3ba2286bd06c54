import { ConfigError } from "@jobs/core";
import type { Broker } from "@jobs/core/broker";
import { isFifoName } from "../queue/queue-name.ts";
import type { SqsConsumer } from "../receive/sqs-consumer.ts";
import { EventConsumer, type EventConsumerParts } from "./event-consumer.ts";
import { EventMessages } from "./event-messages.ts";
import { type LambdaRecord, messageOf, queueOf } from "./lambda-event.ts";

/** With this symbol every copy of this package finds the invocations of a broker of another copy. */
export const INVOCATIONS: unique symbol = Symbol.for("@jobs/adapter-sqs:invocations");

/** The invocations of Lambda that use a broker. */
export interface Invocations {
  /** The full name on SQS of a queue, from its name on this broker. */
  fullName(name: string): string;
  /** From now on the worker with this identity gets these records, and receives nothing else. */
  begin(identity: string, records: readonly LambdaRecord[], onOver: () => void): Invocation;
  /** The invocation of a worker, if it has one. */
  find(identity: string | undefined): Invocation | undefined;
  end(identity: string): void;
}

/** @throws ConfigError for another broker than that of this package */
export function invocationsOf(broker: Broker | undefined): Invocations {
  const found: unknown = broker && Reflect.get(broker, INVOCATIONS);
  if (found !== undefined) return found as Invocations;
  const kind = broker === undefined ? "none" : broker.kind;
  throw new ConfigError(`lambdaHandler needs an app on SQS; its broker is ${kind}.`, {
    hint: "Write createApp({ broker: sqs() }). A test of your handlers uses createTestApp instead.",
  });
}

/** Creates the invocations of one broker. */
export function createInvocations(fullName: (name: string) => string): Invocations {
  const running = new Map<string, Invocation>();
  return {
    fullName,
    begin(identity, records, onOver) {
      const invocation = new Invocation(records, onOver);
      running.set(identity, invocation);
      return invocation;
    },
    find: (identity) => (identity === undefined ? undefined : running.get(identity)),
    end: (identity) => void running.delete(identity),
  };
}

/** The records of one event on their way through a worker. */
export class Invocation {
  readonly #records: readonly LambdaRecord[];
  readonly #onOver: () => void;
  readonly #opened = new Map<string, EventMessages>();

  constructor(records: readonly LambdaRecord[], onOver: () => void) {
    this.#records = records;
    this.#onOver = onOver;
  }

  /** The consumer of one queue. Opened again, it goes on with the same messages. */
  open(
    fullName: string,
    consumer: SqsConsumer,
    times: Pick<EventConsumerParts, "clock" | "leaseMs">,
  ): EventConsumer {
    let messages = this.#opened.get(fullName);
    if (messages === undefined) {
      const own = this.#records.filter((record) => queueOf(record) === fullName);
      messages = new EventMessages(own.map(messageOf), isFifoName(fullName));
      this.#opened.set(fullName, messages);
    }
    return new EventConsumer({ consumer, messages, ...times, onProgress: () => this.#progress() });
  }

  /** Queues of the event that no worker has opened. */
  get unopened(): readonly string[] {
    return [...new Set(this.#records.map(queueOf))].filter((name) => !this.#opened.has(name));
  }

  /** SQS's ids of the messages that come back, each once. */
  get returning(): readonly string[] {
    const isGone = (record: LambdaRecord) => this.#opened.get(queueOf(record))?.isGone(record.messageId);
    const ids = this.#records.filter((record) => !isGone(record)).map(({ messageId }) => messageId);
    return [...new Set(ids)];
  }

  #progress(): void {
    if (this.unopened.length === 0 && [...this.#opened.values()].every(({ isOver }) => isOver))
      this.#onOver();
  }
}
