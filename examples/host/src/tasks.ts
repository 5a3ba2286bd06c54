import { defineTask } from "@jobs/core";

/** Waits for a short time. */
export const greet = defineTask("greet", { name: "string" });

/** Uses a whole core. */
export const countPrimes = defineTask("count_primes", { below: "integer" });
