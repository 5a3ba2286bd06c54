import type { BrokerQueue } from "../broker/broker.ts";
import { peekPages } from "../broker/peek-pages.ts";
import { fullQueueName } from "../broker/queue-name.ts";
import type { HiddenLetters, PeekPage, RedriveResult, StoredMessage } from "../broker/stored-message.ts";
import { enqueueTimeOf } from "../envelope/decode.ts";
import { optionsCheck } from "../options/check-options.ts";
import { boolean, func, listOf, queueName, text, whole } from "../options/option-rules.ts";
import { systemClock } from "../runtime/clock.ts";
import { acceptStored, type JobRules } from "../stored/accept-stored.ts";
import {
  type ChangeParams,
  changeLetter,
  type DeadJob,
  type FitLetter,
  type UnfitLetter,
} from "./change-params.ts";
import { type DeadFilter, deadKey, FILTER_RULE, fitsFilter } from "./dead-groups.ts";

/** The parts of an app that put dead letters back. */
export interface DeadLetterApp extends JobRules {
  queue(name: string): Promise<BrokerQueue>;
}

/** Which dead letters of a queue are put back, and how. */
export interface RetryLetters {
  /** Only these. Default: all. */
  readonly ids?: readonly string[] | undefined;
  readonly filter?: DeadFilter | undefined;
  /** At most this many are looked at, oldest first. Default: all that are dead at the start. */
  readonly limit?: number | undefined;
  /** Puts back also what today's code would refuse, without a look at it. Only without `change`. Default false. */
  readonly isUnchecked?: boolean | undefined;
  /** Changes the parameters of each. Default: they stay. */
  readonly change?: ChangeParams | undefined;
  /** Name of another queue, without prefix. Default: their own. */
  readonly to?: string | undefined;
  /** Counts only, and changes nothing. Default false. */
  readonly isDry?: boolean | undefined;
  /** The most that are put back in one step. Default 500. */
  readonly stepSize?: number | undefined;
}

/** What one step did. */
export interface RetryStep {
  /** Dead letters that were looked at and meant. */
  readonly seen: number;
  /** Those that today's code accepts; in a dry run they stay. */
  readonly fit: number;
  /** Those of them with other parameters. */
  readonly changed: number;
  /** Those that were put back. Others were not dead any more. */
  readonly moved: number;
  /** Those that the change left out. */
  readonly skipped: number;
  /** Those that stay, since today's code would refuse them. */
  readonly unfit: readonly UnfitJob[];
  /** Ids that were named, and that are not dead any more, or hidden. Absent if there are none. */
  readonly missing?: readonly string[] | undefined;
  /** Dead letters that the broker could not show. Absent if there are none. */
  readonly hidden?: HiddenLetters | undefined;
}

/** A dead letter that stays, and why. */
export interface UnfitJob extends Omit<UnfitLetter, "status"> {
  readonly id: string;
  readonly task: string;
}

/** Dead letters read in one request. */
const PAGE = 500;

/** The same where each request starts anew, as on SQS: what one request does not show is not seen. */
const WHOLE_PAGE = 10_000;

const checkOptions = optionsCheck<RetryLetters>({
  ids: listOf("ids of jobs", text),
  filter: FILTER_RULE,
  limit: whole(1),
  isUnchecked: boolean,
  change: func,
  to: queueName,
  isDry: boolean,
  stepSize: whole(1),
});

/**
 * Puts back dead letters that today's code accepts, step by step. The others stay. A new body is stored in the step that
 * makes the job ready. So a job is neither lost nor doubled when the process ends, except on a broker that copies first.
 * Whoever asks for the next step decides when: leaving the loop stops the work, and a second call goes on.
 * @throws ConfigError for options that cannot be used · UnsupportedError where dead letters cannot be read or redriven
 */
export function retryDeadLetters(
  app: DeadLetterApp,
  name: string,
  options: RetryLetters = {},
): AsyncGenerator<RetryStep> {
  checkOptions(options, "retryDeadLetters: options");
  return stepsOf(app, name, options);
}

async function* stepsOf(app: DeadLetterApp, name: string, options: RetryLetters): AsyncGenerator<RetryStep> {
  const queue = await app.queue(name);
  const { stepSize = PAGE } = options;
  for await (const { messages, hidden, named } of pagesOf(queue, options)) {
    const missing = messages.length === 0 ? named : undefined;
    if (hidden !== undefined || missing !== undefined) yield { ...NOTHING_SEEN, hidden, missing };
    const meant = messages.filter((one) => fitsFilter(deadKey(one, app), options.filter ?? {}));
    for (let start = 0; start < meant.length; start += stepSize) {
      yield await retryPart(meant.slice(start, start + stepSize), { app, name, queue, options });
    }
  }
}

const NOTHING_SEEN: RetryStep = { seen: 0, fit: 0, changed: 0, moved: 0, skipped: 0, unfit: [] };

/** A page, and the id that it was asked for. */
interface AskedPage extends PeekPage {
  readonly named?: readonly string[];
}

/** The meant dead letters by page. What dies meanwhile is not meant, where the broker counts exactly. */
async function* pagesOf(
  queue: BrokerQueue,
  { ids, limit = Number.MAX_SAFE_INTEGER }: RetryLetters,
): AsyncGenerator<AskedPage> {
  if (ids !== undefined) {
    for (const id of ids) yield { ...(await queue.peek({ state: "dead", limit: 1, id })), named: [id] };
    return;
  }
  const { dead } = await queue.stats();
  const most = dead.n !== null && dead.exact ? Math.min(limit, dead.n) : limit;
  if (most === 0) return;
  const pageSize = queue.capabilities.peek === "dead" ? WHOLE_PAGE : PAGE;
  yield* peekPages(queue, { state: "dead", pageSize, limit: most });
}

/** What a step needs besides its messages. */
interface StepParts {
  readonly app: DeadLetterApp;
  readonly name: string;
  readonly queue: BrokerQueue;
  readonly options: RetryLetters;
}

async function retryPart(messages: readonly StoredMessage[], parts: StepParts): Promise<RetryStep> {
  const ids: string[] = [];
  const bodies = new Map<string, string>();
  const unfit: UnfitJob[] = [];
  let skipped = 0;
  for (const message of messages) {
    const { messageId } = message;
    const decided = await decide(message, parts);
    if (decided.status === "skipped") skipped++;
    else if (decided.status === "unfit") {
      const { reason, message: why } = decided;
      unfit.push({ id: messageId, task: deadKey(message, parts.app).task, reason, message: why });
    } else {
      ids.push(messageId);
      if (decided.body !== undefined) bodies.set(messageId, decided.body);
    }
  }
  const { moved, hidden } = await redrive({ ids, bodies }, parts);
  const { isDry = false, ids: named } = parts.options;
  // Named ones come one by one, so that the number says which.
  const missing = named === undefined || isDry || moved === ids.length ? undefined : ids;
  const counts = { seen: messages.length, fit: ids.length, changed: bodies.size, moved, skipped };
  return { ...counts, unfit, missing, hidden };
}

async function redrive(
  { ids, bodies }: { readonly ids: readonly string[]; readonly bodies: ReadonlyMap<string, string> },
  { app, queue, options }: StepParts,
): Promise<RedriveResult> {
  if (ids.length === 0 || options.isDry) return { moved: 0 };
  const target = options.to === undefined ? {} : { to: fullQueueName(app.config.queuePrefix, options.to) };
  const changed = bodies.size === 0 ? {} : { bodies };
  return queue.redrive({ ids, limit: ids.length, ...changed, ...target });
}

async function decide(
  message: StoredMessage,
  { app, name, queue, options: { change, isUnchecked } }: StepParts,
): Promise<FitLetter | UnfitLetter | { readonly status: "skipped" }> {
  if (isUnchecked && change === undefined) return { status: "fit" };
  const accepted = await acceptStored(message, app, systemClock.now());
  const { envelope } = accepted;
  // What the parameters do not decide, no change of them mends.
  const isMended = accepted.status === "accepted" || accepted.reason === "signature_mismatch";
  if (change === undefined || envelope === undefined || !isMended)
    return accepted.status === "accepted" ? { status: "fit" } : { ...accepted, status: "unfit" };
  const { dead } = message;
  const job: DeadJob = {
    ...deadKey(message, app),
    id: message.messageId,
    queue: name,
    deadAt: dead?.at ?? message.dueAt,
    error: dead?.error,
    enqueuedAt: enqueueTimeOf(envelope) ?? envelope.enqueuedAt,
    tags: envelope.tags ?? [],
    headers: envelope.headers ?? {},
  };
  return changeLetter(message, change, {
    job,
    envelope,
    rules: app,
    maxBytes: queue.capabilities.maxMessageBytes,
  });
}
