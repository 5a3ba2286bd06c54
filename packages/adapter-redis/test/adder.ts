import { createApp, defineTask, handle, type JobContext } from "@jobs/core";
import { loadBullmq } from "../src/bullmq/load-bullmq.ts";
import { createRedisBroker } from "../src/create-broker.ts";
import type { RedisOptions } from "../src/index.ts";
import { QUEUE, type RedisWorld } from "./redis-world.ts";

const add = defineTask("add", { a: "number", b: "number" }, { queue: QUEUE, maxAttempts: 2, backoff: 0 });

/** Handles a job. */
type Run = (params: { a: number; b: number }, ctx: JobContext) => unknown;

/** Apps of ours on the queue of a world, with one task. */
export interface Adder {
  /** Enqueues a job of each id, with the parameters 3 and 4. */
  enqueue(world: RedisWorld, ...ids: readonly string[]): Promise<void>;
  /** Runs until nothing is left to do. Returns what the handler was called with. */
  drain(world: RedisWorld, options?: RedisOptions, run?: Run): Promise<readonly unknown[]>;
}

/** `load` gives the version of BullMQ of a broker with its engine; default the newest. */
export function createAdder(load = loadBullmq): Adder {
  return {
    async enqueue({ url, prefix }, ...ids) {
      const broker = createRedisBroker({ url, prefix, onWarning: () => {} }, load);
      const app = createApp({ broker, tasks: [add] });
      for (const id of ids) await app.enqueue(add, { a: 3, b: 4 }, { id });
      await app.close();
    },
    async drain({ url, prefix }, options = {}, run = ({ a, b }) => a + b) {
      const calls: unknown[] = [];
      const app = createApp({
        broker: createRedisBroker({ url, prefix, keepFinished: 10, onWarning: () => {}, ...options }, load),
        tasks: [add],
        handlers: [
          handle(add, (params, ctx) => {
            calls.push(params);
            return run(params, ctx);
          }),
        ],
      });
      await app.worker({ ownsProcess: false, until: { type: "drained" } }).run();
      await app.close();
      return calls;
    },
  };
}
