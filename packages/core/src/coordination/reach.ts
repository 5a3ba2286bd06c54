/** Who sees the content of a storage: this process only, every process of this machine, or other machines too. */
export type Reach = "process" | "machine" | "network";

/** In ascending order. */
export const REACHES: readonly Reach[] = ["process", "machine", "network"];

/** The reach of a broker or a result store. */
export interface Reaching {
  /** Its name in messages. */
  readonly kind: string;
  readonly reach: Reach;
}

/** The reach in words, for messages. */
const SEEN_BY: Readonly<Record<Reach, string>> = {
  process: "only this process sees",
  machine: "only this machine sees",
  network: "other machines see too",
};

/** Whether some processes see `wide` but not `narrow`. */
export function reachesLess(narrow: Reaching, wide: Reaching): boolean {
  return REACHES.indexOf(narrow.reach) < REACHES.indexOf(wide.reach);
}

/** The message for a result store with less reach than the broker, naming both. */
export function describeShortReach(results: Reaching, broker: Reaching): string {
  return `results are kept in ${results.kind}, which ${SEEN_BY[results.reach]}, but jobs in ${broker.kind}, which ${SEEN_BY[broker.reach]}`;
}

/** The hint for a result store with less reach than the broker. */
export function shortReachHint(results: Reaching, broker: Reaching): string {
  const wide =
    broker.reach === "network"
      ? "Keep results where all machines see them, in redis or postgres"
      : "Keep results in sqlite, in the broker's own file";
  if (results.reach === "process") return `${wide}.`;
  return `${wide}; or set allowLocalResults: true, if all producers and workers run on this machine.`;
}
