import type { ThreadHandler } from "@jobs/host";
import type { countPrimes } from "./tasks.ts";

/** Runs in a thread: while it counts, its process goes on renewing leases and answering. */
export const handler: ThreadHandler<typeof countPrimes> = ({ below }) => {
  let count = 0;
  for (let number = 2; number < below; number++) if (isPrime(number)) count++;
  return count;
};

function isPrime(number: number): boolean {
  for (let divisor = 2; divisor * divisor <= number; divisor++) if (number % divisor === 0) return false;
  return true;
}
