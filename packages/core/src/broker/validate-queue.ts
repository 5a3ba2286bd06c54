import { answerEach } from "./answer-each.ts";
import type { BrokerQueue } from "./broker.ts";
import type { CallTarget } from "./call-target.ts";
import { type CheckedQueue, checkOperation, checkPeek, checkRedrive, timedCall } from "./check-call.ts";
import { refusalOfMessage } from "./check-message.ts";
import type { OutgoingMessage } from "./message.ts";

/** A queue that is asked only for what it has declared, as long as `target` is open. */
export function validateQueue(queue: BrokerQueue, target: CallTarget): BrokerQueue {
  const { capabilities } = queue;
  const checked: CheckedQueue = { capabilities, place: target.place };
  const refusalOf = (message: OutgoingMessage) => refusalOfMessage(message, checked);
  const diagnose = queue.diagnose?.bind(queue);
  return {
    name: queue.name,
    capabilities,
    ...(queue.fullBatch === undefined ? {} : { fullBatch: queue.fullBatch }),
    send: (messages, options) =>
      target.run(() => {
        const timed = timedCall(options);
        return answerEach(messages, refusalOf, (allowed) => queue.send(allowed, timed));
      }, true),
    stats: () => target.run(() => queue.stats()),
    peek: (options) =>
      target.run(() => {
        checkPeek(options, checked);
        return queue.peek(options);
      }),
    remove: (ids) =>
      target.run(() => {
        checkOperation("remove", checked);
        return queue.remove(ids);
      }),
    pause: () =>
      target.run(() => {
        checkOperation("pause", checked);
        return queue.pause();
      }),
    resume: () =>
      target.run(() => {
        checkOperation("pause", checked);
        return queue.resume();
      }),
    purge: () =>
      target.run(() => {
        checkOperation("purge", checked);
        return queue.purge();
      }),
    redrive: (options) =>
      target.run(() => {
        checkRedrive(options, checked);
        return queue.redrive(options);
      }),
    ...(diagnose === undefined ? {} : { diagnose: (use) => target.run(() => diagnose(use)) }),
  };
}
