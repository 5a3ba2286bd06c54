import { optional, wrongMembers } from "../broker/check-form.ts";
import type { OptionRule } from "../options/check-options.ts";
import { listOf, number, text, textOrEmpty } from "../options/option-rules.ts";

/** The last time that a `Date` has, in ms since 1970. */
const LAST_TIME = 8_640_000_000_000_000;

const TIME: OptionRule = {
  expected: "a time in ms since 1970",
  accepts: (value) => typeof value === "number" && value >= 0 && value <= LAST_TIME,
};

const LISTED_TEXTS = listOf("texts", textOrEmpty);

type Rules = Readonly<Record<string, OptionRule>>;

/** What every event has, and what some have, see `LifecycleEvent`. Members of later releases may be anything. */
const EVENT: Rules = {
  type: text,
  at: TIME,
  eventId: text,
  source: textOrEmpty,
  seq: number,
  worker: optional(textOrEmpty),
  queue: optional(textOrEmpty),
  queues: optional(LISTED_TEXTS),
  reason: optional(textOrEmpty),
  cause: optional(textOrEmpty),
  step: optional(textOrEmpty),
  level: optional(textOrEmpty),
  message: optional(textOrEmpty),
  delayMs: optional(number),
  durationMs: optional(number),
};

/** Its parts, which not all events have. */
const PARTS: Readonly<Record<string, Rules>> = {
  job: {
    id: text,
    task: textOrEmpty,
    queue: textOrEmpty,
    attempt: optional(number),
    enqueuedAt: optional(TIME),
    tags: optional(LISTED_TEXTS),
    flow: optional(textOrEmpty),
  },
  error: { name: textOrEmpty, message: textOrEmpty },
};

/**
 * Why no sink can ever write this event: it is not what an app sends. Anybody can write into a monitor's queue.
 * `undefined` for a usable event.
 */
export function flawOfEvent(event: unknown): string | undefined {
  const [flaw] = wrongMembers(event, EVENT);
  if (flaw !== undefined) return flaw;
  for (const [name, rules] of Object.entries(PARTS)) {
    const part: unknown = Reflect.get(event as object, name);
    const [flawOfPart] = part === undefined ? [] : wrongMembers(part, rules);
    if (flawOfPart !== undefined) return `in its ${name}, ${flawOfPart}`;
  }
  return undefined;
}
