import type { BrokerConsumer, BrokerQueue } from "../broker/broker.ts";
import { trustDecorated, type ValidatedBroker } from "../broker/broker-validator.ts";
import type { Delivery } from "../broker/delivery.ts";
import type { ValidatedConsumer } from "../broker/validate-consumer.ts";
import { checkArgument } from "../options/check-options.ts";
import { func, having } from "../options/option-rules.ts";
import type { ResultStore } from "../results/result-store.ts";
import { systemClock } from "../runtime/clock.ts";
import type { AppDefinition } from "./app-definition.ts";

/** A finished call of an app to its broker or its result store. */
export interface MeasuredCall {
  /** `receive` includes the wait for messages. `keep_result` is the result store's. */
  readonly operation: "send" | "receive" | "settle" | "extend" | "keep_result";
  /** Full name of the queue; of a result, the name of the job's queue. */
  readonly queue: string;
  /** Name of the task of a result; `undefined` for a call to the broker. */
  readonly task?: string;
  readonly durationMs: number;
  /** Number of messages that were sent, received, settled or extended; 1 for a result. */
  readonly count: number;
  /** How many of them failed. All of them with `error`. */
  readonly failed: number;
  /** Sizes in bytes: of the bodies of sent and received messages, or of a result's value. Otherwise empty. */
  readonly bytes: readonly number[];
  /** What the whole call threw. */
  readonly error?: unknown;
}

/** Gets each call after its answer. It must not throw, and should return at once. */
export type CallObserver = (call: MeasuredCall) => void;

/**
 * The same app, whose calls to broker and result store are measured, for metrics and traces. Other apps are not
 * slower: their calls do not pass through here.
 * @throws ConfigError for arguments in another form
 */
export function measureCalls(definition: AppDefinition, observe: CallObserver): AppDefinition {
  checkArgument(definition, "measureCalls: definition", having("a definition of an app", "with"));
  checkArgument(observe, "measureCalls: observe", func);
  const { broker, results } = definition;
  return definition.with({
    ...(broker === undefined ? {} : { broker: measuredBroker(broker, observe) }),
    ...(results === undefined ? {} : { results: measuredResults(results, observe) }),
  });
}

/** What is known of a call after its answer. */
type CallResult = Partial<Pick<MeasuredCall, "count" | "failed" | "bytes">>;

interface CallKind extends Pick<MeasuredCall, "operation" | "queue" | "task"> {
  /** How many messages fail with the call. */
  readonly count: number;
}

async function measure<Answer>(
  kind: CallKind,
  observe: CallObserver,
  call: () => Promise<Answer>,
  resultOf: (answer: Answer) => CallResult,
): Promise<Answer> {
  const startedAt = systemClock.monotonic();
  const report = (result: CallResult & { readonly error?: unknown }) =>
    observe({ ...kind, failed: 0, bytes: [], durationMs: systemClock.monotonic() - startedAt, ...result });
  try {
    const answer = await call();
    report(resultOf(answer));
    return answer;
  } catch (error) {
    report({ failed: kind.count, error });
    throw error;
  }
}

/** The same object with some members replaced. The others are inherited, also those that only its adapter knows. */
function override<Base extends object>(base: Base, members: Partial<Base>): Base {
  return Object.assign(Object.create(base) as Base, members);
}

function measuredBroker(broker: ValidatedBroker, observe: CallObserver): ValidatedBroker {
  const measured = override(broker, {
    openQueue: async (name) => measuredQueue(await broker.openQueue(name), observe),
    openConsumer: async (name, options) =>
      measuredConsumer(await broker.openConsumer(name, options), observe),
  });
  return trustDecorated(measured);
}

function measuredQueue(queue: BrokerQueue, observe: CallObserver): BrokerQueue {
  const { name } = queue;
  return override(queue, {
    send: (messages, options) =>
      measure(
        { operation: "send", queue: name, count: messages.length },
        observe,
        () => queue.send(messages, options),
        (answers) => ({ failed: countFailed(answers), bytes: messages.map(bodyBytes) }),
      ),
  });
}

function measuredConsumer(consumer: ValidatedConsumer, observe: CallObserver): ValidatedConsumer {
  const { queue } = consumer;
  const received = (deliveries: readonly Delivery[]) => ({
    count: deliveries.length,
    bytes: deliveries.map(bodyBytes),
  });
  return override(consumer, {
    receive: (options) =>
      measure({ operation: "receive", queue, count: 0 }, observe, () => consumer.receive(options), received),
    ...measuredLeases(consumer, observe),
    settleAndReceive: (settlements, options) =>
      measure(
        { operation: "receive", queue, count: 0 },
        observe,
        () =>
          settlements.length === 0
            ? consumer.settleAndReceive(settlements, options)
            : // One round trip is two operations for whoever counts.
              measure(
                { operation: "settle", queue, count: settlements.length },
                observe,
                () => consumer.settleAndReceive(settlements, options),
                ({ settled }) => ({ failed: countFailed(settled) }),
              ),
        (answer) => ({
          ...received(answer.received),
          ...(answer.receiveError === undefined ? {} : { error: answer.receiveError }),
        }),
      ),
  });
}

function measuredLeases(
  consumer: ValidatedConsumer,
  observe: CallObserver,
): Pick<BrokerConsumer, "extend" | "settle"> {
  const { queue } = consumer;
  return {
    extend: (deliveries, leaseMs, options) =>
      measure(
        { operation: "extend", queue, count: deliveries.length },
        observe,
        () => consumer.extend(deliveries, leaseMs, options),
        (answers) => ({ failed: countFailed(answers) }),
      ),
    settle: (settlements, options) =>
      measure(
        { operation: "settle", queue, count: settlements.length },
        observe,
        () => consumer.settle(settlements, options),
        (answers) => ({ failed: countFailed(answers) }),
      ),
  };
}

function measuredResults(results: ResultStore, observe: CallObserver): ResultStore {
  return override(results, {
    put: (result, ttlMs) =>
      measure(
        { operation: "keep_result", queue: result.queue, task: result.task, count: 1 },
        observe,
        () => results.put(result, ttlMs),
        () => ({ bytes: [valueBytes(result.value)] }),
      ),
  });
}

/** A lost lease is no failed call: the broker has answered. */
function countFailed(answers: readonly { readonly status: string }[]): number {
  let failed = 0;
  for (const { status } of answers) if (status === "failed") failed++;
  return failed;
}

function bodyBytes({ body }: { readonly body: string }): number {
  return Buffer.byteLength(body);
}

function valueBytes(value: unknown): number {
  return value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value));
}
