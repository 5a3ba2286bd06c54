import { redis } from "@jobs/adapter-redis";
import { createApp, defineTask } from "@jobs/core";
import { createNoopApp, fill, noop } from "../../load/noop-app.ts";
import type { Contender, ContenderKind } from "./contender.ts";

const letter = defineTask("letter", { text: "string" });

/** Ours through the app and its worker: with envelope, signature check, renewed leases, retries and lifecycle. */
export const jobsContender: ContenderKind = {
  name: "jobs",
  async open(url, onRun): Promise<Contender> {
    const openBroker = () => redis({ url, onWarning: () => {} });
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
  },
};
