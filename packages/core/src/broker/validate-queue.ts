import { func, object, text, whole } from "../options/option-rules.ts";
import { answerEach, type OpenTarget } from "./adapter-call.ts";
import type { BrokerQueue } from "./broker.ts";
import {
  checkDiagnoses,
  checkFound,
  checkPage,
  checkRedriven,
  checkRemoved,
  checkScanned,
  checkStats,
} from "./check-admin-answers.ts";
import { checkSent } from "./check-answers.ts";
import { checkAnswered, checkCapabilities, type FormRules, optional } from "./check-form.ts";
import {
  checkIds,
  checkPeekOptions,
  checkRedriveOptions,
  checkRestoreOptions,
  checkScanOptions,
  checkSendOptions,
  refuseMore,
} from "./check-queue-options.ts";
import type { OutgoingMessage, RestoredMessage, SendResult } from "./message.ts";
import {
  type CheckedQueue,
  checkOperation,
  checkPeek,
  checkRedrive,
  refusalOfMessage,
  refusalOfRestored,
  timedCall,
  timedSend,
} from "./refusals.ts";

const QUEUE: FormRules<BrokerQueue> = {
  name: text,
  capabilities: object,
  fullBatch: optional(whole(1)),
  send: func,
  restore: optional(func),
  stats: func,
  peek: func,
  scan: optional(func),
  find: optional(func),
  remove: func,
  pause: func,
  resume: func,
  purge: func,
  redrive: func,
  takeDead: optional(func),
  diagnose: optional(func),
};

/**
 * A queue with checks: it is asked only for what it declares, and its answers are checked. It refuses calls once
 * `open` is closed.
 * @throws InvalidAnswerError for an answer that is not a queue, or declares unknown capabilities
 */
export function validateQueue(opened: BrokerQueue, open: OpenTarget): BrokerQueue {
  const { target } = open;
  const queue = checkAnswered(opened, { target, call: "openQueue" }, QUEUE);
  const { capabilities } = queue;
  checkCapabilities(capabilities, target, "openQueue");
  const checked: CheckedQueue = { capabilities, target };
  const refusalOf = (message: OutgoingMessage) => refusalOfMessage(message, checked);
  const sent = (answers: readonly SendResult[], count: number) => checkSent(answers, count, target);
  return {
    name: queue.name,
    capabilities,
    ...(queue.fullBatch === undefined ? {} : { fullBatch: queue.fullBatch }),
    send: (messages, options) =>
      open.run(
        () => {
          if (options !== undefined) checkSendOptions(options, "queue.send");
          const timed = timedSend(options, checked);
          return answerEach(messages, {
            refusalOf,
            call: (allowed) => queue.send(allowed, timed),
            check: sent,
          });
        },
        true,
        sent,
        messages.length,
      ),
    ...restoring(queue, checked, open),
    ...administration(queue, checked, open),
  };
}

/** The calls of a move between brokers, where the adapter has them. */
function restoring(
  queue: BrokerQueue,
  checked: CheckedQueue,
  open: OpenTarget,
): Pick<BrokerQueue, "restore" | "takeDead"> {
  const sent = (answers: readonly SendResult[], count: number) => checkSent(answers, count, open.target);
  const restore = queue.restore?.bind(queue);
  const takeDead = queue.takeDead?.bind(queue);
  const refusalOf = (message: RestoredMessage) => refusalOfRestored(message, checked);
  return {
    ...(takeDead === undefined ? {} : { takeDead: (take) => open.run(() => takeDead(take)) }),
    ...(restore === undefined
      ? {}
      : {
          restore: (messages, options) =>
            open.run(
              () => {
                if (options !== undefined) checkRestoreOptions(options, "queue.restore");
                const timed = timedCall(options);
                const call = (allowed: readonly RestoredMessage[]) => restore(allowed, timed);
                return answerEach(messages, { refusalOf, call, check: sent });
              },
              true,
              sent,
              messages.length,
            ),
        }),
  };
}

/** The calls that neither send nor receive. */
function administration(
  queue: BrokerQueue,
  checked: CheckedQueue,
  open: OpenTarget,
): Omit<BrokerQueue, "name" | "capabilities" | "fullBatch" | "send" | "restore" | "takeDead"> {
  const { target } = open;
  const diagnose = queue.diagnose?.bind(queue);
  return {
    stats: () =>
      open.ask(
        () => queue.stats(),
        (stats) => checkStats(stats, target),
      ),
    ...reading(queue, checked, open),
    remove: (ids, ...more: readonly unknown[]) =>
      open.ask(
        () => {
          checkIds(ids, "queue.remove");
          refuseMore(more, "queue.remove");
          checkOperation("remove", checked);
          return queue.remove(ids);
        },
        (results) => checkRemoved(results, ids.length, target),
      ),
    pause: (...given: readonly unknown[]) =>
      open.run(() => {
        refuseMore(given, "queue.pause");
        checkOperation("pause", checked);
        return queue.pause();
      }),
    resume: (...given: readonly unknown[]) =>
      open.run(() => {
        refuseMore(given, "queue.resume");
        checkOperation("pause", checked);
        return queue.resume();
      }),
    purge: (...given: readonly unknown[]) =>
      open.run(() => {
        refuseMore(given, "queue.purge");
        checkOperation("purge", checked);
        return queue.purge();
      }),
    redrive: (options) =>
      open.ask(
        () => {
          checkRedriveOptions(options, "queue.redrive");
          checkRedrive(options, checked);
          return queue.redrive(options);
        },
        (answer) => checkRedriven(answer, target),
      ),
    ...(diagnose === undefined
      ? {}
      : {
          diagnose: (use) =>
            open.ask(
              () => diagnose(use),
              (found) => checkDiagnoses(found, target),
            ),
        }),
  };
}

/** The calls that show messages. */
function reading(
  queue: BrokerQueue,
  checked: CheckedQueue,
  open: OpenTarget,
): Pick<BrokerQueue, "peek" | "scan" | "find"> {
  const { target } = open;
  const scan = queue.scan?.bind(queue);
  const find = queue.find?.bind(queue);
  return {
    peek: (options) =>
      open.ask(
        () => {
          checkPeekOptions(options, "queue.peek");
          checkPeek(options, checked);
          return queue.peek(options);
        },
        (page) => checkPage(page, target),
      ),
    ...(find === undefined
      ? {}
      : {
          find: (ids) =>
            open.ask(
              () => {
                checkIds(ids, "queue.find");
                return find(ids);
              },
              (found) => checkFound(found, target),
            ),
        }),
    ...(scan === undefined
      ? {}
      : {
          scan: (options) =>
            open.ask(
              () => {
                checkScanOptions(options, "queue.scan");
                checkPeek(options, checked);
                return scan(options);
              },
              (page) => checkScanned(page, target),
            ),
        }),
  };
}
