import { ConfigError } from "@jobs/core";

/**
 * Refuses a queue with keys of another type than BullMQ's: its jobs could be neither run nor counted.
 * @param wrong for each such key its name, what it holds, and what it should hold.
 * @throws ConfigError naming the first.
 */
export function assertKeyTypes([key, found, expected]: readonly string[], queue: string): void {
  if (key === undefined) return;
  throw new ConfigError(`redis queue "${queue}": the key ${key} holds a ${found}; expected a ${expected}.`, {
    hint: "Another program has written there. Rename the key or delete it, or use another prefix.",
  });
}
