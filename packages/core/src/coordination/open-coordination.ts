import { UnsupportedError } from "../errors/broker-errors.ts";
import type { CoordinationStore } from "./coordination-store.ts";
import { prefixCoordination } from "./prefix-coordination.ts";
import { describeShortReach, type Reaching, reachesLess, shortReachHint } from "./reach.ts";

/** A broker or a result store with the marks that it lends, if any. */
export interface MarksOwner extends Reaching {
  readonly coordination?: CoordinationStore | undefined;
}

/** What an app has where marks could be kept. */
export interface NotebookSources {
  readonly broker: MarksOwner;
  readonly results: MarksOwner | undefined;
  /** It is written down that all of the app runs on this machine. */
  readonly isLocalAllowed: boolean;
  /** Put before the names of all sets. */
  readonly prefix: string;
}

/** What cannot be done without marks. */
export interface Refused {
  /** In one word: `cancel`, `workers`. */
  readonly feature: string;
  /** What the broker cannot do, to be read after its name. */
  readonly message: string;
  /** What to do where the app has no result store at all. */
  readonly hint: string;
}

/** The marks of an app, where all processes that see its jobs see them too. */
export interface AppCoordination {
  /** `undefined` where no marks are seen by everybody who sees the jobs. */
  readonly coordination: CoordinationStore | undefined;
  /** The error for what needs marks; to be thrown where there are none. */
  refuse(refused: Refused): UnsupportedError;
}

/**
 * The result store's marks where they reach as far as the jobs, else the broker's own. This is the one place where the
 * reach of both is compared: marks that some workers do not see are not used, since waiting for them never ends.
 */
export function openCoordination({
  broker,
  results,
  isLocalAllowed,
  prefix,
}: NotebookSources): AppCoordination {
  const isShort = results !== undefined && reachesLess(results, broker);
  const lent = isShort
    ? (broker.coordination ?? (isLocalAllowed ? localMarks(results) : undefined))
    : undefined;
  const coordination = isShort ? lent : (results?.coordination ?? broker.coordination);
  return {
    coordination: coordination && prefixCoordination(coordination, prefix),
    refuse({ feature, message, hint }) {
      if (!isShort) return new UnsupportedError({ broker: broker.kind }, feature, message, hint);
      const text = `${message}: ${describeShortReach(results, broker)}`;
      return new UnsupportedError({ broker: broker.kind }, feature, text, shortReachHint(results, broker));
    },
  };
}

/** Marks in the memory of one process serve nobody else, whatever was written down. */
function localMarks({ reach, coordination }: MarksOwner): CoordinationStore | undefined {
  return reach === "process" ? undefined : coordination;
}
