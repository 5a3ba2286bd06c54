import { setTimeout } from "node:timers/promises";
import { createApp, handle } from "@jobs/core";
import { runInThread } from "@jobs/host";
import { countPrimes, greet } from "./tasks.ts";

/** The time of a greeting in ms; it stands for a call of another system. */
const ANSWER_MS = 20;

// Broker and domain are set in jobs.config.ini, not here.
export default createApp({
  tasks: [greet, countPrimes],
  // #region handlers
  handlers: [
    handle(greet, ({ name }, ctx) => setTimeout(ANSWER_MS, `Hello, ${name}`, { signal: ctx.signal })),
    handle(countPrimes, runInThread(new URL("./count-primes.ts", import.meta.url))),
  ],
  // #endregion handlers
});
