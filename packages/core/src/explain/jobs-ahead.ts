import { peekPages } from "../broker/peek-pages.ts";
import type { StoredJob } from "./find-job.ts";
import type { QueueFacts } from "./queue-facts.ts";
import type { EvidenceList } from "./wording.ts";

/** The ready jobs before a ready job. */
export interface JobsAhead {
  /** Of a higher priority. */
  readonly higher: number;
  /** Of the same priority and due earlier; 0 where the broker keeps no order. */
  readonly earlier: number;
  /** Whether there may be more: only so many are read. */
  readonly mayBeMore: boolean;
}

/** The most ready jobs that are read, and how many at once. */
const MAX_READ = 2_000;
const PAGE = 100;

/** Counts the ready jobs that come before a job by priority, and by due time where the broker is in order. */
export async function countAhead(
  { queue, message, name }: StoredJob,
  { stats }: QueueFacts,
  evidence: EvidenceList,
): Promise<JobsAhead> {
  let [higher, earlier, mayBeMore] = [0, 0, false];
  if (stats.ready.exact && stats.ready.n === 1) return { higher, earlier, mayBeMore: false };
  const isOrdered = queue.capabilities.order === "fifo";
  for await (const page of peekPages(queue, { state: "ready", pageSize: PAGE, limit: MAX_READ })) {
    for (const other of page.messages) {
      if (other.messageId === message.messageId) continue;
      if (other.priority > message.priority) higher++;
      else if (isOrdered && other.priority === message.priority && other.dueAt < message.dueAt) earlier++;
    }
    mayBeMore = page.nextCursor !== undefined;
  }
  const most = mayBeMore ? "at least " : "";
  evidence.add(
    "queue",
    `before it in queue "${name}" are ${most}${higher} ready jobs of higher priority, and ${most}${earlier} of its own that were due earlier`,
  );
  return { higher, earlier, mayBeMore };
}

/** Jobs that the living workers have ended in a second on average since they started; `undefined` for none. */
export function averageRate({ workers = [] }: QueueFacts): number | undefined {
  let perSecond = 0;
  for (const { settled, seenAt, startedAt } of workers) {
    if (seenAt > startedAt) perSecond += (settled * 1_000) / (seenAt - startedAt);
  }
  return perSecond > 0 ? perSecond : undefined;
}
