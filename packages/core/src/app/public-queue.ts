import { refusalBy, splitRefused } from "../broker/adapter-call.ts";
import type { BrokerQueue } from "../broker/broker.ts";
import type { OutgoingMessage, RestoredMessage, SendResult } from "../broker/message.ts";
import { checkArgument, optionsCheck, required } from "../options/check-options.ts";
import { anything, listOf, number, object, textOrEmpty, whole } from "../options/option-rules.ts";

/** A message to send, which may come from another broker. `validateBroker` checks the values themselves. */
const checkMessage = optionsCheck<OutgoingMessage & Partial<RestoredMessage>>({
  id: required(textOrEmpty),
  label: required(textOrEmpty),
  body: required(textOrEmpty),
  delayMs: number,
  priority: number,
  groupKey: textOrEmpty,
  maxAttempts: whole(1),
  backoff: anything,
  deliveryCount: number,
  failureCount: number,
  crashCount: number,
  redrives: number,
  lastError: textOrEmpty,
  dead: object,
});

const LIST = listOf("messages", object);

/**
 * The queue as a program gets it: each message of its own making is looked at. Messages of the producer are not, since
 * that would cost every enqueue.
 */
export function publicQueue(queue: BrokerQueue): BrokerQueue {
  const { restore } = queue;
  // The others are inherited, also those that only a decorator knows.
  return Object.assign(Object.create(queue) as BrokerQueue, {
    send: checkedCall("queue.send", (messages: readonly OutgoingMessage[], options) =>
      queue.send(messages, options),
    ),
    ...(restore && {
      restore: checkedCall("queue.restore", (messages: readonly RestoredMessage[], options) =>
        restore.call(queue, messages, options),
      ),
    }),
  } satisfies Partial<BrokerQueue>);
}

/** A call for the messages whose members are known. A refused message does not stop the others. */
function checkedCall<Message, Options>(
  where: string,
  call: (messages: readonly Message[], options?: Options) => Promise<readonly SendResult[]>,
): typeof call {
  const refusalOf = (message: Message) => refusalBy(checkMessage, message, `${where}: a message`);
  return async (messages, options) => {
    checkArgument(messages, `${where}: the messages`, LIST);
    const split = splitRefused(messages, refusalOf);
    if (split === undefined) return call(messages, options);
    return split.merge(await call(split.allowed, options));
  };
}
