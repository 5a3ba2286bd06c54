import { ConfigError } from "@jobs/core";

/** The layout that the scripts are written for, and tested with. */
const KNOWN_MAJOR = "6";

/**
 * Compares BullMQ's version in a queue's settings with the layout of this adapter. On another layout both would
 * continue without an error and lose jobs.
 * @throws ConfigError for another layout.
 */
export function assertKnownLayout(version: string, queue: string): void {
  const [, major] = /^bullmq:(\d+)\./.exec(version) ?? [];
  if (major === undefined || major === KNOWN_MAJOR) return;
  throw new ConfigError(
    `redis queue "${queue}" is also used by BullMQ ${major}, whose keys this adapter does not know; expected BullMQ ${KNOWN_MAJOR}.`,
    { hint: "Use the same major version on both sides, or another prefix for one of them." },
  );
}

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
