import type { ThreadHandler } from "@jobs/host";
import type { countPrimes } from "./tasks.ts";

/** Runs in a thread, so that its process can renew leases while it counts. */
export const handler: ThreadHandler<typeof countPrimes> = ({ below }) => {
  let count = 0;
  for (let number = 2; number < below; number++) if (isPrime(number)) count++;
  return count;
};

function isPrime(number: number): boolean {
  for (let divisor = 2; divisor * divisor <= number; divisor++) if (number % divisor === 0) return false;
  return true;
}
