import { type JobSnapshot, jobSnapshot, type MonitorEvent } from "@jobs/core/broker";

/** The latest state of each job in some events, since one statement may write a row only once. */
export function latestSnapshots(events: readonly MonitorEvent[]): readonly JobSnapshot[] {
  const latest = new Map<string, JobSnapshot>();
  for (const event of events) {
    const snapshot = jobSnapshot(event);
    if (snapshot === undefined) continue;
    const other = latest.get(snapshot.id);
    latest.set(snapshot.id, other === undefined ? snapshot : later(other, snapshot));
  }
  // In the same order for all writers, so that two of them cannot deadlock.
  return [...latest.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
}

/** Fields that are missing in the later one come from the earlier. */
function later(one: JobSnapshot, other: JobSnapshot): JobSnapshot {
  const isLater = other.at > one.at || (other.at === one.at && other.rank >= one.rank);
  const [first, last] = isLater ? [one, other] : [other, one];
  return { ...last, attempt: last.attempt ?? first.attempt, error: last.error ?? first.error };
}
