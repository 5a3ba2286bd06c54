import type { JobsError } from "../errors/jobs-error.ts";
import type { BrokerConsumer, BrokerQueue, JobNote, ReceiveOptions, SettledAndReceived } from "./broker.ts";
import type { Delivery } from "./delivery.ts";
import type { OutgoingMessage } from "./message.ts";
import type { OpenTarget } from "./open-target.ts";
import {
  type CheckedQueue,
  checkLease,
  checkOperation,
  checkPeek,
  checkReceive,
  checkRedrive,
  refusalOfMessage,
  refusalOfSettlement,
  timedCall,
} from "./refusals.ts";
import type { Settlement } from "./settlement.ts";

/** A queue that is asked only for what it has declared, as long as `open` is open. */
export function validateQueue(queue: BrokerQueue, open: OpenTarget): BrokerQueue {
  const { capabilities } = queue;
  const checked: CheckedQueue = { capabilities, target: open.target };
  const refusalOf = (message: OutgoingMessage) => refusalOfMessage(message, checked);
  const diagnose = queue.diagnose?.bind(queue);
  return {
    name: queue.name,
    capabilities,
    ...(queue.fullBatch === undefined ? {} : { fullBatch: queue.fullBatch }),
    send: (messages, options) =>
      open.run(() => {
        const timed = timedCall(options);
        return answerEach(messages, refusalOf, (allowed) => queue.send(allowed, timed));
      }, true),
    stats: () => open.run(() => queue.stats()),
    peek: (options) =>
      open.run(() => {
        checkPeek(options, checked);
        return queue.peek(options);
      }),
    remove: (ids) =>
      open.run(() => {
        checkOperation("remove", checked);
        return queue.remove(ids);
      }),
    pause: () =>
      open.run(() => {
        checkOperation("pause", checked);
        return queue.pause();
      }),
    resume: () =>
      open.run(() => {
        checkOperation("pause", checked);
        return queue.resume();
      }),
    purge: () =>
      open.run(() => {
        checkOperation("purge", checked);
        return queue.purge();
      }),
    redrive: (options) =>
      open.run(() => {
        checkRedrive(options, checked);
        return queue.redrive(options);
      }),
    ...(diagnose === undefined ? {} : { diagnose: (use) => open.run(() => diagnose(use)) }),
  };
}

/** A consumer for the worker, always with the combined call. */
export type ValidatedConsumer = BrokerConsumer & Required<Pick<BrokerConsumer, "settleAndReceive">>;

/** A consumer that is asked only for what its queue has declared, as long as `open` is open. */
export function validateConsumer(consumer: BrokerConsumer, open: OpenTarget): ValidatedConsumer {
  const { capabilities } = consumer;
  const checked: CheckedQueue = { capabilities, target: open.target };
  const refusalOf = (settlement: Settlement) => refusalOfSettlement(settlement, checked);
  return {
    queue: consumer.queue,
    capabilities,
    receive: (options) => open.run(() => consumer.receive(checkReceive(options))),
    extend: (deliveries, leaseMs, options) =>
      open.run(() => {
        checkLease(leaseMs, checked);
        return consumer.extend(deliveries, leaseMs, timedCall(options));
      }),
    settle: (settlements, options) =>
      open.run(() => {
        const timed = timedCall(options);
        return answerEach(settlements, refusalOf, (allowed) => consumer.settle(allowed, timed));
      }),
    settleAndReceive: (settlements, asked) =>
      open.run(() => {
        const options = checkReceive(asked);
        const split = splitRefused(settlements, refusalOf);
        if (split === undefined) return settleAndReceive(consumer, settlements, options);
        return settleAndReceive(consumer, split.allowed, options).then(({ settled, received }) => ({
          settled: split.merge(settled),
          received,
        }));
      }),
    ...(consumer.note && {
      note: (delivery: Delivery, note: JobNote) => open.run(async () => consumer.note?.(delivery, note)),
    }),
    close: () => open.close(() => consumer.close()),
  };
}

/** The one round trip for both where the adapter has it, else one call after the other. */
function settleAndReceive(
  consumer: BrokerConsumer,
  settlements: readonly Settlement[],
  options: ReceiveOptions,
): Promise<SettledAndReceived> {
  if (settlements.length > 0 && consumer.settleAndReceive !== undefined) {
    return consumer.settleAndReceive(settlements, options);
  }
  return settleThenReceive(consumer, settlements, options);
}

async function settleThenReceive(
  consumer: BrokerConsumer,
  settlements: readonly Settlement[],
  options: ReceiveOptions,
): Promise<SettledAndReceived> {
  if (settlements.length === 0) return { settled: [], received: await consumer.receive(options) };
  const settled = await consumer.settle(settlements, timedCall(options));
  // The settlements are done, so a failing receive must not hide their results.
  const received = await consumer.receive(options).catch(() => []);
  return { settled, received };
}

/** The answer for an item that was refused before the call. */
interface Refused {
  readonly status: "failed";
  readonly error: JobsError;
}

/** Some items of a call, without those that were refused. */
interface SplitItems<Item> {
  /** In their order. */
  readonly allowed: readonly Item[];
  /** The answers for all items: those for `allowed`, and the refusals in between. Answer i is for item i. */
  merge<Answer>(answers: readonly Answer[]): readonly (Answer | Refused)[];
}

/** Takes out what is refused. `undefined` where nothing is: as a rule, and then nothing has to be put together again. */
function splitRefused<Item>(
  items: readonly Item[],
  refusalOf: (item: Item) => JobsError | undefined,
): SplitItems<Item> | undefined {
  let refusals: Map<number, Refused> | undefined;
  for (let index = 0; index < items.length; index++) {
    const error = refusalOf(items[index] as Item);
    if (error === undefined) continue;
    refusals ??= new Map();
    refusals.set(index, { status: "failed", error });
  }
  return refusals === undefined ? undefined : splitBy(items, refusals);
}

/**
 * Runs a call for the items that are not refused, so that a bad item never stops the others. Without valid items there
 * is no call.
 */
function answerEach<Item, Answer>(
  items: readonly Item[],
  refusalOf: (item: Item) => JobsError | undefined,
  call: (allowed: readonly Item[]) => Promise<readonly Answer[]>,
): Promise<readonly (Answer | Refused)[]> {
  const split = splitRefused(items, refusalOf);
  if (split !== undefined) return answerSplit(split, call);
  return items.length === 0 ? Promise.resolve([]) : call(items);
}

async function answerSplit<Item, Answer>(
  { allowed, merge }: SplitItems<Item>,
  call: (allowed: readonly Item[]) => Promise<readonly Answer[]>,
): Promise<readonly (Answer | Refused)[]> {
  return merge(allowed.length === 0 ? [] : await call(allowed));
}

function splitBy<Item>(items: readonly Item[], refusals: ReadonlyMap<number, Refused>): SplitItems<Item> {
  return {
    allowed: items.filter((_, index) => !refusals.has(index)),
    merge<Answer>(answers: readonly Answer[]) {
      const next = answers.values();
      return items.map((_, index) => refusals.get(index) ?? (next.next().value as Answer));
    },
  };
}
