import { answerEach } from "./answer-each.ts";
import type { BrokerQueue } from "./broker.ts";
import type { OutgoingMessage } from "./message.ts";
import type { OpenTarget } from "./open-target.ts";
import {
  type CheckedQueue,
  checkOperation,
  checkPeek,
  checkRedrive,
  refusalOfMessage,
  timedCall,
} from "./refusals.ts";

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
