import type { OptionRule } from "../options/check-options.ts";
import { isObject } from "../options/is-object.ts";
import { listOf, number, text, textOrEmpty } from "../options/option-rules.ts";
import { typeWord } from "../options/type-word.ts";

/** The last time that a `Date` has, in ms since 1970. */
const LAST_TIME = 8_640_000_000_000_000;

const TIME: OptionRule = {
  expected: "a time in ms since 1970",
  accepts: (value) => typeof value === "number" && value >= 0 && value <= LAST_TIME,
};

const LISTED_TEXTS = listOf("texts", textOrEmpty);

type Rules = Readonly<Record<string, OptionRule>>;

/** What every event has. */
const REQUIRED: Rules = { type: text, at: TIME, eventId: text, source: textOrEmpty, seq: number };

const REQUIRED_OF_JOB: Rules = { id: text, task: textOrEmpty, queue: textOrEmpty };

const OF_JOB: Rules = { attempt: number, enqueuedAt: TIME, tags: LISTED_TEXTS, flow: textOrEmpty };

const REQUIRED_OF_ERROR: Rules = { name: textOrEmpty, message: textOrEmpty };

/** What some events have, see `LifecycleEvent`. Members of later releases may be anything. */
const OPTIONAL: Rules = {
  worker: textOrEmpty,
  queue: textOrEmpty,
  queues: LISTED_TEXTS,
  reason: textOrEmpty,
  cause: textOrEmpty,
  step: textOrEmpty,
  level: textOrEmpty,
  message: textOrEmpty,
  delayMs: number,
  durationMs: number,
};

/**
 * Why no sink can ever write this event: it is not what an app sends. Anybody can write into a monitor's queue.
 * `undefined` for a usable event.
 */
export function flawOfEvent(event: unknown): string | undefined {
  if (!isObject(event)) return `it must be an object, got ${typeWord(event)}`;
  return (
    wrongMember(event, REQUIRED, OPTIONAL) ??
    wrongPart(event, "job", REQUIRED_OF_JOB, OF_JOB) ??
    wrongPart(event, "error", REQUIRED_OF_ERROR, {})
  );
}

function wrongPart(event: object, name: string, required: Rules, others: Rules): string | undefined {
  const part: unknown = Reflect.get(event, name);
  if (part === undefined) return undefined;
  if (!isObject(part)) return `${name} must be an object, got ${typeWord(part)}`;
  const wrong = wrongMember(part, required, others);
  return wrong === undefined ? undefined : `${name}.${wrong}`;
}

function wrongMember(value: object, required: Rules, others: Rules): string | undefined {
  for (const [name, { expected, accepts }] of Object.entries({ ...required, ...others })) {
    const member: unknown = Reflect.get(value, name);
    const isFree = member === undefined && !(name in required);
    if (!isFree && !accepts(member)) return `${name} must be ${expected}, got ${typeWord(member)}`;
  }
  return undefined;
}
