import { MessageChannel, type MessagePort } from "node:worker_threads";
import type { JobContext } from "@jobs/core";
import { optionRules, optionsCheck } from "@jobs/core/runtime";
import type { ThreadJob, ThreadMessage, ThreadOrder, ThreadOutcome } from "./thread-messages.ts";
import { unpackError } from "./thread-messages.ts";
import { ThreadPool, type ThreadPoolOptions } from "./thread-pool.ts";

/** A handler that runs another one in a thread. */
type OutsideHandler = (params: unknown, ctx: JobContext) => Promise<unknown>;

const COMMON_POOL = new ThreadPool();

const checkOptions = optionsCheck<ThreadPoolOptions>({
  max: optionRules.whole(1),
  execArgv: optionRules.listOf("texts", optionRules.text),
});

/**
 * A separate pool of threads, with another size or other flags of Node.
 * @example const two = createThreads({ max: 2 }); handle(resize, two(new URL("./resize.ts", import.meta.url)))
 */
export function createThreads(options: ThreadPoolOptions): (module: URL) => OutsideHandler {
  checkOptions(options, "createThreads");
  const pool = new ThreadPool(options);
  return (module) => handlerIn(pool, module);
}

/**
 * A handler that runs in a thread, for work that uses a core and would block this process. The module exports it as
 * `handler`. The thread is ended when the run is out of time, loses its lease or lasts longer than a shutdown.
 * @example handle(resize, runInThread(new URL("./resize.ts", import.meta.url)))
 */
export function runInThread(module: URL): OutsideHandler {
  return handlerIn(COMMON_POOL, module);
}

function handlerIn(pool: ThreadPool, module: URL): OutsideHandler {
  return async (params, ctx) => {
    const threads = await pool.threads();
    const { port1, port2 } = new MessageChannel();
    const isSaid = onMessages(port1, ctx);
    const order: ThreadOrder = { module: module.href, params, job: jobOf(ctx), port: port2 };
    try {
      const outcome: ThreadOutcome = await threads.run(order, { signal: ctx.signal, transferList: [port2] });
      await isSaid;
      if (outcome.status === "threw") throw unpackError(outcome.error);
      return outcome.value;
    } finally {
      port1.close();
    }
  };
}

/** Passes on logs and progress of the handler; resolves after the last message. */
function onMessages(port: MessagePort, ctx: JobContext): Promise<void> {
  return new Promise((resolve) => {
    port.on("message", (message: ThreadMessage) => {
      if (message.type === "end") resolve();
      else if (message.type === "progress") ctx.progress(message.value);
      else ctx.log[message.level](message.message, message.fields);
    });
  });
}

function jobOf(ctx: JobContext): ThreadJob {
  const { id, task, attempt, maxAttempts, queue, domain, headers, enqueuedAt, idempotencyKey } = ctx;
  return { id, task, attempt, maxAttempts, queue, domain, headers, enqueuedAt, idempotencyKey };
}
