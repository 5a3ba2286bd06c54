import { setTimeout as wait } from "node:timers/promises";
import { type BatchEntry, type EntryRefusal, entriesOf, withoutRefused } from "../protocol/sqs-batch.ts";
import { done, type SqsAnswer, type SqsCall, type SqsLayer } from "../protocol/sqs-call.ts";
import { refused } from "../protocol/sqs-refusal.ts";
import { deliverTwice } from "./deliver-twice.ts";
import type { SqsFault } from "./fault.ts";
import type { FaultDice } from "./fault-dice.ts";
import { withHigherCounts } from "./receive-count.ts";

const INTERNAL: EntryRefusal = {
  name: "InternalError",
  message: "An internal error occurred.",
  isSender: false,
};

/** Applies one fault to its requests. */
export function faultLayer(fault: SqsFault, dice: FaultDice): SqsLayer {
  if (fault.kind === "duplicate") return deliverTwice(dice);
  const layer = layerOf(fault, dice);
  return (call, next) => (fault.actions?.includes(call.action) === false ? next(call) : layer(call, next));
}

function layerOf(fault: Exclude<SqsFault, { kind: "duplicate" }>, dice: FaultDice): SqsLayer {
  switch (fault.kind) {
    case "refusal":
      return async (call, next) => (dice.isMet() ? refused(fault.refusal) : next(call));
    case "partial":
      return (call, next) => withoutRefused(call, metEntries(call, dice, fault.refusal ?? INTERNAL), next);
    case "forgotten-delete":
      return (call, next) => forgetDeletes(call, dice, next);
    case "receive-count":
      return async (call, next) => withHigherCounts(await next(call), dice, fault.by);
    case "delay":
      return (call, next) => delayed({ call, next, dice, ...fault });
    case "lost-answer":
      return async (call, next) => {
        const answer = await next(call);
        return dice.isMet() ? { status: "cut" } : answer;
      };
  }
}

function metEntries(
  call: SqsCall,
  dice: FaultDice,
  refusal: EntryRefusal,
): ReadonlyMap<string, EntryRefusal> {
  const met = (entriesOf(call) ?? []).filter(() => dice.isMet());
  return new Map(met.map(({ Id }) => [Id, refusal]));
}

async function forgetDeletes(
  call: SqsCall,
  dice: FaultDice,
  next: Parameters<SqsLayer>[1],
): Promise<SqsAnswer> {
  if (call.action === "DeleteMessage") return dice.isMet() ? done({}) : next(call);
  if (call.action !== "DeleteMessageBatch") return next(call);
  const entries = entriesOf(call) ?? [];
  const forgotten = new Set(entries.filter(() => dice.isMet()).map(({ Id }) => Id));
  const kept = entries.filter(({ Id }) => !forgotten.has(Id));
  const answer =
    kept.length === 0 ? done({}) : await next({ ...call, body: { ...call.body, Entries: kept } });
  if (answer.status === "cut" || answer.code !== 200) return answer;
  const deleted = (answer.body.Successful ?? []) as readonly BatchEntry[];
  return done({ ...answer.body, Successful: [...deleted, ...[...forgotten].map((Id) => ({ Id }))] });
}

interface Delay {
  readonly call: SqsCall;
  readonly next: Parameters<SqsLayer>[1];
  readonly dice: FaultDice;
  readonly ms: number;
  readonly side: "request" | "answer";
}

async function delayed({ call, next, dice, ms, side }: Delay): Promise<SqsAnswer> {
  if (!dice.isMet()) return next(call);
  if (side === "request") await wait(ms);
  const answer = await next(call);
  if (side === "answer") await wait(ms);
  return answer;
}
