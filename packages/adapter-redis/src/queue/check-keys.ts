import { ConfigError } from "@jobs/core";
import { CHECKED_MAJOR, CHECKED_VERSION } from "../scripts/layout.lua.ts";
import { FOREIGN_JOB } from "../scripts/receive-batch.lua.ts";

/**
 * Refuses a queue with keys of another type than BullMQ's: its jobs could be neither run nor counted. The script
 * answers for each such key with its name, what it holds, and what it should hold.
 * @throws ConfigError naming the first.
 */
export function assertKeyTypes([key, found, expected]: readonly string[], queue: string): void {
  if (key === undefined) return;
  throw new ConfigError(`redis queue "${queue}": the key ${key} holds a ${found}; expected a ${expected}.`, {
    hint: "Another program has written there. Rename the key or delete it, or use another prefix.",
  });
}

/**
 * Refuses a queue that our scripts cannot run, as their notice says. Their answer then holds no jobs.
 * @throws ConfigError for a job of a flow, a job scheduler or a deduplication of BullMQ, or for another major version
 */
export function assertRunnable(notice: string, queue: string): void {
  if (notice.startsWith(FOREIGN_JOB)) {
    const id = notice.slice(FOREIGN_JOB.length);
    throw new ConfigError(
      `redis queue "${queue}": the job ${id} belongs to a flow, a job scheduler or a deduplication of BullMQ, which only BullMQ's own scripts can continue.`,
      { hint: `Say redis({ codecs: { ${JSON.stringify(queue)}: "bullmq" } }), or engine: "bullmq".` },
    );
  }
  assertMajor(notice, CHECKED_MAJOR, queue);
}

/**
 * Refuses a queue that another major version of BullMQ has begun to use.
 * @param version in the settings of the queue, such as `bullmq:6.7.0`; '' for none.
 * @throws ConfigError
 */
export function assertMajor(version: string, expected: string, queue: string): void {
  const major = layoutMajor(version);
  if (major === undefined || major === expected) return;
  throw new ConfigError(
    `redis queue "${queue}" is used by BullMQ ${major} since it was opened; expected BullMQ ${expected}.`,
    {
      hint: `Use the same major version on both sides. Or install bullmq@${major} beside this adapter and restart this process.`,
    },
  );
}

/** The major version of BullMQ in the settings of a queue, such as `bullmq:6.7.0`; `undefined` for none. */
export function layoutMajor(version: string): string | undefined {
  return /^bullmq:(\d+)\./.exec(version)?.[1];
}

/** The warning about a newer minor version than the checked one; `undefined` for none. */
export function newerVersion(version: string, queue: string): string | undefined {
  const [, major, minor] = VERSION.exec(version) ?? [];
  const [, , checkedMinor] = VERSION.exec(`bullmq:${CHECKED_VERSION}`) ?? [];
  if (major !== CHECKED_MAJOR || Number(minor) <= Number(checkedMinor)) return undefined;
  return `The redis queue "${queue}" is also used by ${version.replace(":", " ")}. This adapter was checked with BullMQ ${CHECKED_VERSION}: update it when a newer one is there.`;
}

const VERSION = /^bullmq:(\d+)\.(\d+)\./;
