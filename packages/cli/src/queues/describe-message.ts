import {
  type Envelope,
  enqueueTimeOf,
  type HistoryEvent,
  type JobLogLines,
  readEnvelope,
  type StoredMessage,
  storedIdOf,
} from "@jobs/core/broker";
import { maskTexts, maskUrls } from "../output/mask-secrets.ts";
import type { ParamsView } from "./params-view.ts";

/** How a stored job is shown. Parameters are left out unless asked for: they may be secret (F62). */
export interface DescribedJob {
  readonly id: string;
  readonly task: string;
  readonly queue: string;
  readonly state: StoredMessage["state"];
  /** Who runs it, where that is known. */
  readonly worker?: string;
  readonly deliveries: number;
  readonly failures: number | null;
  readonly crashes: number | null;
  readonly priority: number;
  /** ISO 8601. */
  readonly dueAt: string;
  readonly redrives: number;
  readonly enqueuedAt?: string;
  readonly maxAttempts?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly lastError?: string;
  readonly dead?: {
    readonly reason: string;
    readonly at: string;
    readonly error?: NonNullable<NonNullable<StoredMessage["dead"]>["error"]>;
  };
  readonly params?: unknown;
  /** Lines of `ctx.log`, where they were looked for. */
  readonly log?: JobLogLines;
  /** Its events in the history, the oldest first, where that knows the job. */
  readonly timeline?: readonly HistoryEvent[];
  /** The message as it is stored. Shown if it is no envelope, and parameters were asked for. */
  readonly body?: string;
}

/**
 * Describes a message of `queue`; one that is no envelope is described as far as the broker knows it. Addresses in its
 * errors are masked, as in logs. Parameters and bodies stay as they are, since they are sent again.
 */
export function describeMessage(message: StoredMessage, queue: string, view: ParamsView): DescribedJob {
  const envelope = readEnvelope(message, view.codecs);
  const enqueuedAt = enqueueTimeOf(envelope);
  const { dead } = message;
  return {
    id: storedIdOf(message, envelope),
    task: envelope?.task ?? message.label,
    queue,
    state: message.state,
    deliveries: message.deliveryCount,
    failures: message.failureCount,
    crashes: message.crashCount,
    priority: message.priority,
    dueAt: isoTime(message.dueAt),
    redrives: message.redrives,
    ...(message.holder === undefined ? {} : { worker: message.holder }),
    ...(enqueuedAt === undefined ? {} : { enqueuedAt }),
    ...(envelope?.maxAttempts === undefined ? {} : { maxAttempts: envelope.maxAttempts }),
    ...(envelope?.headers === undefined ? {} : { headers: envelope.headers }),
    ...(message.lastError === undefined ? {} : { lastError: maskUrls(message.lastError) }),
    ...(dead === undefined ? {} : { dead: describeDeath(dead) }),
    ...paramsOf(message, envelope, view),
  };
}

function describeDeath(dead: NonNullable<StoredMessage["dead"]>): NonNullable<DescribedJob["dead"]> {
  const at = isoTime(dead.at);
  return dead.error === undefined ? { ...dead, at } : { ...dead, at, error: maskTexts(dead.error) };
}

function paramsOf(
  message: StoredMessage,
  envelope: Envelope | undefined,
  view: ParamsView,
): Pick<DescribedJob, "params" | "body"> {
  if (envelope === undefined) return view.isBodyShown(message.label) ? { body: message.body } : {};
  const params = view.params(envelope);
  return params === undefined ? {} : { params };
}

/** A stored time may be anything after a corruption; showing it must not fail. */
function isoTime(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString();
}
