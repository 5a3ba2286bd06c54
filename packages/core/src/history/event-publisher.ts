import type { JsonValue } from "../envelope/envelope.ts";
import { type BrokerTarget, BrokerUnavailableError } from "../errors/broker-errors.ts";
import { isJobsError } from "../errors/jobs-error.ts";
import { type Producer, refused } from "../producer/producer.ts";
import type { Cancel } from "../runtime/clock.ts";
import { withDeadline } from "../runtime/deadline.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { type BatchLimits, EventBuffer, type NumberedEvent } from "./event-buffer.ts";

/** The longest delay before events are sent, in ms. */
const LINGER_MS = 1_000;

/** The longest wait before a batch that failed is sent again, in ms. */
const MAX_PAUSE_MS = 30_000;

/** The longest wait for events to be stored, in ms: the same as that of an enqueue. A new store may create its tables. */
const STORED_MS = 5_000;

/** Who gets the events, and how to send to it. */
export interface PublisherParts {
  /** Who gets them: the monitor's queue or the history store. */
  readonly name: "monitor" | "history";
  readonly target: BrokerTarget;
  readonly runtime: Runtime;
  readonly limits: BatchLimits;
  /** Sends one batch. A repeated send has the same id, so that it is the same batch. */
  send(events: readonly JsonValue[], batchId: string): Promise<unknown>;
}

/**
 * Sends events to the monitor's queue or the history store. It can neither slow nor fail a job. Events that cannot be
 * sent wait. Beyond a limit the oldest are dropped, which is reported.
 */
export interface EventPublisher {
  add(event: NumberedEvent): void;
  /**
   * Resolves when the target has all events before the call.
   * @throws BrokerUnavailableError after 5 s, or when the target refuses; the events still wait
   */
  stored(): Promise<void>;
  /** Sends waiting events; gives up after 5 s. */
  close(): Promise<void>;
}

/** Creates an {@link EventPublisher}. */
export function createEventPublisher(parts: PublisherParts): EventPublisher {
  return new BatchPublisher(parts);
}

/** A call that waits until an event is stored. */
interface Waiting {
  /** Number of the event. */
  readonly seq: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

class BatchPublisher implements EventPublisher {
  readonly #parts: PublisherParts;
  readonly #buffer: EventBuffer;
  #cancelTimer: Cancel | undefined;
  #sending: Promise<void> | undefined;
  #failures = 0;
  #isClosed = false;
  #waiting: Waiting[] = [];

  constructor(parts: PublisherParts) {
    this.#parts = parts;
    this.#buffer = new EventBuffer(parts.runtime.ids, parts.limits);
  }

  add(event: NumberedEvent): void {
    this.#buffer.add(event);
    if (this.#sending !== undefined || this.#failures > 0) return;
    if (this.#buffer.hasFullBatch) this.#start();
    else this.#cancelTimer ??= this.#parts.runtime.clock.schedule(LINGER_MS, () => this.#start());
  }

  stored(): Promise<void> {
    const seq = this.#buffer.lastSeq;
    if (this.#buffer.sentSeq >= seq) return Promise.resolve();
    const stored = new Promise<void>((resolve, reject) => this.#waiting.push({ seq, resolve, reject }));
    this.#start();
    return withDeadline(this.#parts.runtime.clock, STORED_MS, stored, () => this.#notStored());
  }

  async close(): Promise<void> {
    const late = () => new Error(`the events were not stored within ${STORED_MS} ms`);
    try {
      await withDeadline(this.#parts.runtime.clock, STORED_MS, this.#drain(), late);
    } catch (error) {
      this.#reportLoss(error, this.#buffer.size + this.#buffer.takeDropped());
    } finally {
      this.#isClosed = true;
      this.#cancelTimer?.();
    }
  }

  async #drain(): Promise<void> {
    while (this.#buffer.size > 0) {
      this.#start();
      await this.#sending;
      if (this.#failures > 0) throw new Error("the events are not accepted");
    }
  }

  #notStored(cause?: unknown): Error {
    return new BrokerUnavailableError(
      this.#parts.target,
      "the job is stored, but the monitor's queue has not stored its event.",
      {
        cause,
        maybeSent: true,
        hint: "Do not enqueue the job again. Check that the monitor's queue can be reached.",
      },
    );
  }

  /** Resolves the calls whose events are stored. */
  #answer(): void {
    const { sentSeq } = this.#buffer;
    const done = this.#waiting.filter(({ seq }) => seq <= sentSeq);
    this.#waiting = this.#waiting.filter(({ seq }) => seq > sentSeq);
    for (const { resolve } of done) resolve();
  }

  #refuse(cause: unknown): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { reject } of waiting) reject(this.#notStored(cause));
  }

  #start(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
  }

  #reportLoss(err: unknown, events: number): void {
    const { name, runtime } = this.#parts;
    runtime.report({ source: name, err, events }, `events for the ${name} were lost`, runtime.limited.warn);
  }

  async #sendAll(): Promise<void> {
    for (let batch = this.#buffer.batch(); batch !== undefined; batch = this.#buffer.batch()) {
      try {
        await this.#parts.send(batch.events, batch.id);
        this.#buffer.sent(batch);
        this.#reachedAgain();
      } catch (error) {
        this.#refuse(error);
        if (this.#isHopeless(error)) {
          this.#buffer.sent(batch);
          this.#reportLoss(error, batch.events.length);
          continue;
        }
        this.#retryLater(error);
        return;
      }
    }
  }

  #reachedAgain(): void {
    const { name, runtime } = this.#parts;
    this.#answer();
    if (this.#failures > 0) runtime.logger.info({}, `events reach the ${name} again`);
    this.#failures = 0;
    const dropped = this.#buffer.takeDropped();
    if (dropped > 0) this.#reportLoss(new Error("too many events waited for it"), dropped);
  }

  /** A store that refuses events for good must not hold up later ones. A queue may be made or opened meanwhile. */
  #isHopeless(error: unknown): boolean {
    return this.#parts.name === "history" && isJobsError(error) && !error.retryable;
  }

  #retryLater(err: unknown): void {
    const { name, runtime } = this.#parts;
    const isFirst = this.#failures++ === 0;
    // The loss has been reported.
    if (this.#isClosed) return;
    if (isFirst) runtime.report({ source: name, err }, `events do not reach the ${name}; jobs go on`);
    const pauseMs = runtime.random() * Math.min(MAX_PAUSE_MS, LINGER_MS * 2 ** this.#failures);
    this.#cancelTimer = runtime.clock.schedule(pauseMs, () => this.#start());
  }
}

/**
 * A producer whose enqueue resolves when the monitor's queue has the job's event (requirement T7). If the event is not
 * stored in time, the enqueue fails with `maybeSent`. The job is stored then, and its event follows while the process
 * lives.
 */
export function strictProducer(producer: Producer, reporter: EventPublisher): Producer {
  async function reported<T>(answer: Promise<T>): Promise<T> {
    const given = await answer;
    await reporter.stored();
    return given;
  }
  const enqueue: Producer["enqueue"] = (...job) => reported(producer.enqueue(...job));
  return {
    enqueue,
    enqueueMany: (items, origin) =>
      Promise.all(
        items.map(([task, params, options]) => enqueue(task, params, options, origin).catch(refused)),
      ),
    forward: (...job) => reported(producer.forward(...job)),
  };
}
