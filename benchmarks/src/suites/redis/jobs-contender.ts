import { type RedisOptions, redis } from "@jobs/adapter-redis";
import { createApp, defineTask } from "@jobs/core";
import type { Broker } from "@jobs/core/broker";
import { createNoopApp, fill, noop } from "../../load/noop-app.ts";
import type { Contender, ContenderKind } from "./contender.ts";

const letter = defineTask("letter", { text: "string" });

/** Ours through the app and its worker: with envelope, signature check, renewed leases, retries and lifecycle. */
export const jobsContender: ContenderKind = contenderBy("jobs", "jobs");

/** The same with BullMQ's own scripts in the place of ours. */
export const bullmqEngineContender: ContenderKind = contenderBy("jobs, engine bullmq", "bullmq");

function contenderBy(name: string, engine: NonNullable<RedisOptions["engine"]>): ContenderKind {
  return { name, open: (url, onRun) => open(() => redis({ url, engine, onWarning: () => {} }), onRun) };
}

async function open(openBroker: () => Broker, onRun: () => void): Promise<Contender> {
  const app = createNoopApp(openBroker(), onRun);
  const letters = createApp({ broker: openBroker(), tasks: [letter] });
  await app.ready();
  return {
    enqueue: () => app.enqueue(noop, { n: 1 }),
    enqueueText: (text) => letters.enqueue(letter, { text }),
    fill: (jobs) => fill(app, jobs),
    async consume(jobs, concurrency) {
      await app.worker({ concurrency, until: { type: "settled", jobs }, ownsProcess: false }).run();
    },
    serve: () => void app.worker({ ownsProcess: false }).run(),
    async close() {
      await Promise.all([app.close(), letters.close()]);
    },
  };
}
