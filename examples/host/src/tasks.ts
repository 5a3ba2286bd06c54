import { defineTask } from "@jobs/core";

/** Waits a little and is done. */
export const greet = defineTask("greet", { name: "string" });

/** Keeps a core busy. */
export const countPrimes = defineTask("count_primes", { below: "integer" });
