import { done, type SqsAnswer, type SqsBody, type SqsCall, type SqsService } from "./sqs-call.ts";
import type { SqsRefusal } from "./sqs-refusal.ts";

/** One entry of a batch; its `Id` names it in the answer. */
export type BatchEntry = SqsBody & { readonly Id: string };

/** Why an entry is not done. `isSender`: asking again will not help. */
export interface EntryRefusal extends SqsRefusal {
  readonly isSender: boolean;
}

/** The entries of a batch request; `undefined` for a request of another kind. */
export function entriesOf({ action, body }: SqsCall): readonly BatchEntry[] | undefined {
  if (!action.endsWith("Batch") || !Array.isArray(body.Entries)) return undefined;
  return body.Entries as readonly BatchEntry[];
}

/** Sends a batch without the refused entries, and adds these to the answer as AWS does. */
export async function withoutRefused(
  call: SqsCall,
  refusals: ReadonlyMap<string, EntryRefusal>,
  next: SqsService,
): Promise<SqsAnswer> {
  if (refusals.size === 0) return next(call);
  const kept = (entriesOf(call) ?? []).filter(({ Id }) => !refusals.has(Id));
  const answer =
    kept.length === 0 ? done({}) : await next({ ...call, body: { ...call.body, Entries: kept } });
  if (answer.status === "cut" || answer.code !== 200) return answer;
  const { Failed = [] } = answer.body as { Failed?: readonly SqsBody[] };
  const failed = [...refusals].map(([Id, { name, message, isSender }]) => {
    return { Id, SenderFault: isSender, Code: name, Message: message };
  });
  return done({ ...answer.body, Failed: [...Failed, ...failed] });
}
