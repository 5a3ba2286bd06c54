import { v7 } from "uuid";
import type { Clock } from "./clock.ts";
import type { Random } from "./random.ts";

/** Makes job ids. */
export type IdSource = () => string;

/** UUID version 7 (RFC 9562): sorts by time, unique across machines, rising within one process. */
export const uuidv7Ids: IdSource = () => v7();

/** The same ids from an injected clock and generator, so that a test's ids are the same in every run. */
export function deterministicIds(clock: Clock, random: Random): IdSource {
  let seq = 0;
  return () => {
    const bytes = Uint8Array.from({ length: 16 }, () => Math.floor(random() * 256));
    return v7({ msecs: clock.now(), seq: seq++, random: bytes });
  };
}
