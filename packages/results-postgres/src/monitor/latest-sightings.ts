import { type JobSnapshot, jobSnapshot, type MonitorEvent } from "@jobs/core/broker";

/** Where each job of some events stands after the latest of them; one statement may touch a row only once. */
export function latestSightings(events: readonly MonitorEvent[]): readonly JobSnapshot[] {
  const latest = new Map<string, JobSnapshot>();
  for (const event of events) {
    const sighting = jobSnapshot(event);
    if (sighting === undefined) continue;
    const other = latest.get(sighting.id);
    latest.set(sighting.id, other === undefined ? sighting : later(other, sighting));
  }
  // In one order for all writers, so that two of them never wait for each other.
  return [...latest.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
}

/** What the later one does not say is known from the earlier. */
function later(one: JobSnapshot, other: JobSnapshot): JobSnapshot {
  const isLater = other.at > one.at || (other.at === one.at && other.rank >= one.rank);
  const [first, last] = isLater ? [one, other] : [other, one];
  return { ...last, attempt: last.attempt ?? first.attempt, error: last.error ?? first.error };
}
