import { setTimeout } from "node:timers/promises";
import { createApp, handle } from "@jobs/core";
import { runInThread } from "@jobs/host";
import { countPrimes, greet } from "./tasks.ts";

/** How long a greeting takes, in ms: the answer of some other system. */
const ANSWER_MS = 20;

// Neither broker nor domain is named here: both come from outside, see jobs.config.ini.
export default createApp({
  tasks: [greet, countPrimes],
  // #region handlers
  handlers: [
    handle(greet, ({ name }, ctx) => setTimeout(ANSWER_MS, `Hello, ${name}`, { signal: ctx.signal })),
    handle(countPrimes, runInThread(new URL("./count-primes.ts", import.meta.url))),
  ],
  // #endregion handlers
});
