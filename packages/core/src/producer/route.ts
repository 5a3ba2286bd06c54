import type { BrokerQueue } from "../broker/broker.ts";
import type { SendResult } from "../broker/message.ts";
import type { EnqueuedJob } from "../job/enqueue.ts";
import type { Lifecycle } from "../job/lifecycle.ts";
import { withDeadline } from "../runtime/deadline.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { redactParams } from "../task/redact-params.ts";
import {
  type DelayLimits,
  type JobDraft,
  NO_OPTIONS,
  ONE_STEP,
  prepareJob,
  wantedDelay,
} from "./prepare-job.ts";
import {
  createSendBatcher,
  noAnswer,
  SEND_DEADLINE_MS,
  type SendBatcher,
  type Sending,
} from "./send-batcher.ts";

/** What a {@link Route} works with. */
export interface RouteParts {
  readonly brokerKind: string;
  readonly runtime: Runtime;
  readonly lifecycle: Lifecycle;
  /** Opens a queue by its full name; the same one each time. */
  openQueue(fullName: string): Promise<BrokerQueue>;
}

/** The way to one queue: jobs that are sent there become messages and travel together. */
export class Route {
  readonly #parts: RouteParts;
  readonly #queue: string;
  readonly #fullName: string;
  readonly #batcher: SendBatcher<EnqueuedJob>;
  /** Known once the queue was opened for a delayed job. */
  #delayLimits: DelayLimits | undefined;

  /** `queue` is the name without prefix. */
  constructor(queue: string, fullName: string, parts: RouteParts) {
    this.#parts = parts;
    this.#queue = queue;
    this.#fullName = fullName;
    this.#batcher = createSendBatcher(
      {
        broker: parts.brokerKind,
        queue: fullName,
        open: () => parts.openQueue(fullName),
        answer: (sending, result) => this.#answer(sending, result),
      },
      parts.runtime.clock,
    );
  }

  /** Sends a job that was checked before. @throws ConfigError for options that are out of range · as the batcher does */
  send(draft: JobDraft): Promise<EnqueuedJob> {
    const { options } = draft;
    const delayMs = options === NO_OPTIONS ? 0 : wantedDelay(options, this.#parts.runtime.clock.now());
    if (delayMs === 0) return this.#push(draft, ONE_STEP, 0);
    if (this.#delayLimits !== undefined) return this.#push(draft, this.#delayLimits, delayMs);
    return this.#learnDelayLimits().then((limits) => this.#push(draft, limits, delayMs));
  }

  #push(draft: JobDraft, limits: DelayLimits, delayMs: number): Promise<EnqueuedJob> {
    const { clock, ids } = this.#parts.runtime;
    const now = clock.now();
    const message = prepareJob(draft, { id: draft.options.id ?? ids(), now, delayMs, limits });
    const { reported } = draft.target;
    const params = reported === undefined ? undefined : redactParams(reported, draft.params);
    return this.#batcher.push(message, delayMs, now, params);
  }

  async #learnDelayLimits(): Promise<DelayLimits> {
    const { runtime, brokerKind, openQueue } = this.#parts;
    const late = () => noAnswer({ broker: brokerKind, queue: this.#queue }, false);
    const opened = withDeadline(runtime.clock, SEND_DEADLINE_MS, openQueue(this.#fullName), late);
    const { delay } = (await opened).capabilities;
    // Where a delay is not supported at all, `validateBroker` says so; nothing is turned into hops behind its back.
    this.#delayLimits = delay === false ? ONE_STEP : delay;
    return this.#delayLimits;
  }

  #answer({ message, delayMs, at, params }: Sending, result: SendResult): EnqueuedJob {
    if (result.status === "failed") throw result.error;
    const { lifecycle, brokerKind: broker } = this.#parts;
    const { id, label: task } = message;
    const queue = this.#queue;
    if (result.status === "duplicate") return { id, task, queue, broker, status: "duplicate" };
    if (lifecycle.isObserved) {
      const job = { id, task, queue };
      lifecycle.publish({ type: "job.enqueued", at, job, delayMs, ...(params && { params }) });
    }
    return { id, task, queue, broker, status: "enqueued", enqueuedAt: at };
  }
}
