import { UnsupportedError } from "../errors/broker-errors.ts";
import type { Marks } from "./marks.ts";
import { prefixMarks } from "./prefix-marks.ts";
import { describeShortReach, type Reaching, reachesLess, shortReachHint } from "./reach.ts";

/** A broker or a result store with the marks that it lends, if any. */
export interface MarksOwner extends Reaching {
  readonly marks?: Marks | undefined;
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
export interface Notebook {
  /** `undefined` where no marks are seen by everybody who sees the jobs. */
  readonly marks: Marks | undefined;
  /** The error for what needs marks; to be thrown where there are none. */
  refuse(refused: Refused): UnsupportedError;
}

/**
 * The result store's marks where they reach as far as the jobs, else the broker's own. This is the one place where the
 * reach of both is compared: marks that some workers do not see are not used, since waiting for them never ends.
 */
export function openNotebook({ broker, results, isLocalAllowed, prefix }: NotebookSources): Notebook {
  const isShort = results !== undefined && reachesLess(results, broker);
  const lent = isShort ? (broker.marks ?? (isLocalAllowed ? localMarks(results) : undefined)) : undefined;
  const marks = isShort ? lent : (results?.marks ?? broker.marks);
  return {
    marks: marks && prefixMarks(marks, prefix),
    refuse({ feature, message, hint }) {
      if (!isShort) return new UnsupportedError({ broker: broker.kind }, feature, message, hint);
      const text = `${message}: ${describeShortReach(results, broker)}`;
      return new UnsupportedError({ broker: broker.kind }, feature, text, shortReachHint(results, broker));
    },
  };
}

/** Marks in the memory of one process serve nobody else, whatever was written down. */
function localMarks({ reach, marks }: MarksOwner): Marks | undefined {
  return reach === "process" ? undefined : marks;
}
