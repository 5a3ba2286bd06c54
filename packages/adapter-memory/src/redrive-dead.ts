import type { RedriveOptions } from "@jobs/core/broker";
import type { MessageRecord } from "./message-record.ts";
import type { Session } from "./session.ts";

/** Redrives dead letters. One whose id is already stored in the other queue stays, so that nothing is overwritten. */
export function redriveDead(
  session: Session,
  options: RedriveOptions,
  nowAt: number,
): { readonly moved: number } {
  const { state } = session.queue;
  const target = options.to === undefined ? session.queue : session.storage.queue(options.to);
  let moved = 0;
  for (const record of chosen(session, options.ids)) {
    if (moved === options.limit) break;
    if (target.state !== state && target.state.find(record.messageId) !== undefined) continue;
    state.revive(record, target.state, nowAt);
    moved++;
  }
  target.waiting.changed();
  return { moved };
}

function chosen({ queue: { state } }: Session, ids: readonly string[] | undefined): Iterable<MessageRecord> {
  if (ids === undefined) return state.deadLetters();
  return [...new Set(ids)].flatMap((id) => {
    const record = state.find(id);
    return record?.state === "dead" ? [record] : [];
  });
}
