import type { Capabilities } from "@jobs/core/broker";
import { type OptionRules, optionRules, optionsCheck } from "@jobs/core/runtime";
import { PRIORITY_LEVELS } from "./ready-lines.ts";

/**
 * The capabilities that a narrowed memory broker declares and respects. It may be the whole table of another broker.
 * Durability, creation of queues, finished jobs, ordered groups and windows of dedupe stay as in memory, and are
 * declared so. Fair groups are accepted.
 */
export type NarrowedCapabilities = Partial<Capabilities>;

/** 1 MiB: what SQS accepts, so that a body that passes in tests passes in production. */
const DEFAULT_MAX_MESSAGE_BYTES = 1024 * 1024;

const UNLIMITED = Number.POSITIVE_INFINITY;

/** What memory can do. It has no groups, keeps no finished jobs, and loses its messages with the process. */
const MEMORY: Capabilities = {
  delay: { maxMs: UNLIMITED, nativeMs: UNLIMITED },
  retryDelay: { maxMs: UNLIMITED },
  resolutionMs: 1,
  priority: { levels: PRIORITY_LEVELS },
  order: "fifo",
  groups: false,
  dedupe: "while-stored",
  maxReceive: 1000,
  maxMessageBytes: DEFAULT_MAX_MESSAGE_BYTES,
  bodyText: "any",
  lease: { maxMs: UNLIMITED, maxTotalMs: null },
  fencing: "next-lease",
  abortMs: 50,
  recoveryMs: 0,
  deliveryCount: "exact",
  failureCount: "exact",
  crashCount: "exact",
  maxDeliveries: null,
  deadLetter: "native",
  keepsFinished: false,
  durable: false,
  provisioning: "auto",
  stats: "exact",
  peek: true,
  remove: true,
  pause: true,
  purge: "immediate",
  redrive: true,
  transactions: false,
};

/** Checks the names only; the code that respects a capability checks its value. */
export const checkCapabilities = optionsCheck<NarrowedCapabilities>(
  Object.fromEntries(
    Object.keys(MEMORY).map((name) => [name, optionRules.anything]),
  ) as OptionRules<NarrowedCapabilities>,
);

/** The capabilities of memory, overridden by those of `narrowed`. */
export function memoryCapabilities(narrowed: NarrowedCapabilities = {}): Capabilities {
  const { durable, provisioning, keepsFinished } = MEMORY;
  const dedupe = narrowed.dedupe === false ? false : MEMORY.dedupe;
  // A fair share needs no order, so it is given without a look at the group.
  const groups = narrowed.groups === "fair" ? "fair" : MEMORY.groups;
  return { ...MEMORY, ...narrowed, groups, durable, provisioning, keepsFinished, dedupe };
}
