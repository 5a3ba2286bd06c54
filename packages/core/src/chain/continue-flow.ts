import type { JsonValue } from "../envelope/envelope.ts";
import type { Join, NextStep } from "../envelope/next-step.ts";
import { carriedHeaders } from "../job/carried-headers.ts";
import type { CompletionStep } from "../job/completion.ts";
import { jsonOrNull } from "../json/json-or-null.ts";
import type { Producer } from "../producer/producer.ts";
import type { ResultStore } from "../results/result-store.ts";
import { idAfter, planJobs } from "./plan-jobs.ts";
import { type FlowOrigin, sendPlanned } from "./send-planned.ts";

/** What going on takes. */
export interface ContinueParts {
  readonly producer: Producer;
  /** Groups meet here. */
  readonly results: ResultStore | undefined;
  /** How long values and arrivals are kept, in ms. */
  readonly ttlMs: number;
  /** ms since 1970. */
  now(): number;
}

/** The end of a line so far. */
interface LineEnd {
  /** Of the job or group that has just succeeded. */
  readonly id: string;
  readonly value: JsonValue;
  readonly next: readonly NextStep[];
  readonly join: Join | undefined;
}

/**
 * The completion step that sends what comes after a job of a flow. Taken again after a crash it sends the same jobs
 * under the same ids.
 */
export function continueFlowStep(parts: ContinueParts): CompletionStep {
  return {
    name: "chain",
    concerns: ({ chain }) => chain !== undefined,
    async complete({ envelope, value }) {
      const { id, chain, next = [], join } = envelope;
      if (chain === undefined) return;
      const origin = { chain, parent: id, headers: carriedHeaders(envelope.headers) };
      await goOn(parts, origin, { id, value: jsonOrNull(value), next, join });
    },
  };
}

async function goOn(
  parts: ContinueParts,
  origin: FlowOrigin,
  { id, value, next, join }: LineEnd,
): Promise<void> {
  if (next.length > 0) {
    const planned = planJobs(next, { id: idAfter(id), previous: value, join });
    await sendPlanned(parts.producer, planned, origin);
  } else if (join !== undefined) {
    const values = await arrive(parts, join, id);
    if (values === undefined) return;
    await goOn(parts, origin, { id: join.id, value: values, next: join.next, join: join.join });
  }
}

/** Says that a line of a group has ended in `id`; the values of all lines when it was the last one. */
async function arrive(
  parts: ContinueParts,
  join: Join,
  id: string,
): Promise<readonly JsonValue[] | undefined> {
  const { results, ttlMs, now } = parts;
  if (results === undefined) throw new Error("the worker of a group has no result store");
  const set = `group/${join.id}`;
  await results.marks.put({ set, name: String(join.index), value: id }, ttlMs);
  if ((await results.marks.count(set)) < join.size) return undefined;
  const arrived = new Map((await results.marks.list(set)).map((mark) => [Number(mark.name), mark.value]));
  const kept = await Promise.all(
    Array.from({ length: join.size }, (_, index) => results.get(arrived.get(index) ?? "")),
  );
  const values = kept.map((result) => jsonOrNull(result?.value));
  await results.put(
    {
      id: join.id,
      task: "group",
      queue: "",
      status: "succeeded",
      value: values,
      attempt: 1,
      finishedAt: now(),
    },
    ttlMs,
  );
  return values;
}
