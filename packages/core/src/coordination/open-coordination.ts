import { UnsupportedError } from "../errors/broker-errors.ts";
import type { CoordinationStore } from "./coordination-store.ts";
import { describeShortReach, type Reaching, reachesLess, shortReachHint } from "./reach.ts";

/** A broker or a result store with its coordination store, if any. */
export interface CoordinationOwner extends Reaching {
  readonly coordination?: CoordinationStore | undefined;
}

/** The stores of an app that may keep entries. */
export interface CoordinationSources {
  readonly broker: CoordinationOwner;
  readonly results: CoordinationOwner | undefined;
  /** Whether the settings say that the whole app runs on this machine. */
  readonly isLocalAllowed: boolean;
  /** Prefix of the names of all sets. */
  readonly prefix: string;
}

/** A feature that needs entries. */
export interface Refused {
  /** In one word: `cancel`, `workers`. */
  readonly feature: string;
  /** What the broker cannot do, as text after its name. */
  readonly message: string;
  /** What to do in an app without a result store. */
  readonly hint: string;
}

/** The coordination store of an app. All processes that see the app's jobs see its entries too. */
export interface AppCoordination {
  /** `undefined` where no store reaches as far as the jobs. */
  readonly coordination: CoordinationStore | undefined;
  /** The broker's own, which processes with another result store or without one see too. `undefined` without one. */
  readonly ofBroker: CoordinationStore | undefined;
  /** The error for a feature that needs the coordination store, if there is none. */
  refuse(refused: Refused): UnsupportedError;
}

/**
 * The result store's entries where they reach as far as the jobs, else the broker's own. Entries that some workers do
 * not see are not used, since waiting for them could never end.
 */
export function openCoordination({
  broker,
  results,
  isLocalAllowed,
  prefix,
}: CoordinationSources): AppCoordination {
  const isShort = results !== undefined && reachesLess(results, broker);
  const lent = isShort
    ? (broker.coordination ?? (isLocalAllowed ? localCoordination(results) : undefined))
    : undefined;
  const coordination = isShort ? lent : (results?.coordination ?? broker.coordination);
  return {
    coordination: coordination && prefixCoordination(coordination, prefix),
    ofBroker: broker.coordination && prefixCoordination(broker.coordination, prefix),
    refuse({ feature, message, hint }) {
      if (!isShort) return new UnsupportedError({ broker: broker.kind }, feature, message, hint);
      const text = `${message}: ${describeShortReach(results, broker)}`;
      return new UnsupportedError({ broker: broker.kind }, feature, text, shortReachHint(results, broker));
    },
  };
}

/** Entries in the memory of one process do not help others, so no setting allows them. */
function localCoordination({ reach, coordination }: CoordinationOwner): CoordinationStore | undefined {
  return reach === "process" ? undefined : coordination;
}

/**
 * The same coordination store with prefixed sets, so that applications with different prefixes on one server stay
 * separate.
 */
function prefixCoordination(coordination: CoordinationStore, prefix: string): CoordinationStore {
  const own = (set: string) => `${prefix}${set}`;
  return {
    put: (mark, ttlMs) => coordination.put({ ...mark, set: own(mark.set) }, ttlMs),
    claim: (mark, ttlMs) => coordination.claim({ ...mark, set: own(mark.set) }, ttlMs),
    list: async (set) => (await coordination.list(own(set))).map((mark) => ({ ...mark, set })),
    count: (set) => coordination.count(own(set)),
    remove: (set, name) => coordination.remove(own(set), name),
  };
}
