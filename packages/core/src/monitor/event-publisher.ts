import type { JsonValue } from "../envelope/envelope.ts";
import { type BrokerTarget, BrokerUnavailableError } from "../errors/broker-errors.ts";
import type { LifecycleEvent } from "../job/lifecycle.ts";
import { jsonOrNull } from "../json/json-or-null.ts";
import { type Producer, refused } from "../producer/producer.ts";
import type { Cancel } from "../runtime/clock.ts";
import { withDeadline } from "../runtime/deadline.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { EventBuffer } from "./event-buffer.ts";
import { MONITOR_TASK } from "./monitor-task.ts";

/** The longest delay before events are sent, in ms. */
const LINGER_MS = 1_000;

/** The longest wait before a batch that failed is sent again, in ms. */
const MAX_PAUSE_MS = 30_000;

/** The longest wait for events to be stored, in ms: the same as that of an enqueue. */
const STORED_MS = 5_000;

/** The longest wait of `close` for the last events, in ms. */
const CLOSE_MS = 2_000;

/** The monitor's queue, and how to send to it. */
export interface PublisherParts {
  /** Identity of the process that observes the events. */
  readonly source: string;
  /** The monitor's queue. */
  readonly target: BrokerTarget;
  readonly runtime: Runtime;
  /** Sends one batch. A repeated send has the same id, so that it is the same batch. */
  send(events: readonly JsonValue[], batchId: string): Promise<unknown>;
}

/**
 * Sends events to the monitor's queue. It can neither slow nor fail a job: events that cannot be sent wait, then are
 * dropped.
 */
export interface EventPublisher {
  observe(event: LifecycleEvent): void;
  /**
   * Resolves when the monitor's queue has all events before the call.
   * @throws BrokerUnavailableError after 5 s, or when the queue refuses; the events still wait
   */
  stored(): Promise<void>;
  /** Sends waiting events; gives up after 2 s. */
  close(): Promise<void>;
}

/** Creates an {@link EventPublisher}. */
export function createEventPublisher(parts: PublisherParts): EventPublisher {
  return new QueuePublisher(parts);
}

/** A call that waits until an event is stored. */
interface Waiting {
  /** Number of the event. */
  readonly seq: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

class QueuePublisher implements EventPublisher {
  readonly #parts: PublisherParts;
  readonly #buffer: EventBuffer;
  #cancelTimer: Cancel | undefined;
  #sending: Promise<void> | undefined;
  #failures = 0;
  #waiting: Waiting[] = [];

  constructor(parts: PublisherParts) {
    this.#parts = parts;
    this.#buffer = new EventBuffer(parts.source, parts.runtime.ids);
  }

  observe(event: LifecycleEvent): void {
    if ("job" in event && event.job.task === MONITOR_TASK) return;
    this.#buffer.add(forMonitor(event));
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
    const { clock, report } = this.#parts.runtime;
    const late = () => new Error(`the broker did not store the events within ${CLOSE_MS} ms`);
    try {
      await withDeadline(clock, CLOSE_MS, this.#drain(), late);
    } catch (error) {
      const reported = { source: "monitor", err: error, events: this.#buffer.size } as const;
      report(reported, "events for the monitor were lost");
    } finally {
      this.#cancelTimer?.();
    }
  }

  async #drain(): Promise<void> {
    while (this.#buffer.size > 0) {
      this.#start();
      await this.#sending;
      if (this.#failures > 0) throw new Error("the broker does not accept the events");
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

  async #sendAll(): Promise<void> {
    const { clock, random, logger, report } = this.#parts.runtime;
    for (let batch = this.#buffer.batch(); batch !== undefined; batch = this.#buffer.batch()) {
      try {
        await this.#parts.send(batch.events, batch.id);
        this.#buffer.sent(batch);
        this.#answer();
        if (this.#failures > 0) logger.info({}, "events reach the monitor again");
        this.#failures = 0;
      } catch (error) {
        this.#refuse(error);
        if (this.#failures++ === 0)
          report({ source: "monitor", err: error }, "events do not reach the monitor; jobs go on");
        const pauseMs = random() * Math.min(MAX_PAUSE_MS, LINGER_MS * 2 ** this.#failures);
        this.#cancelTimer = clock.schedule(pauseMs, () => this.#start());
        return;
      }
    }
  }
}

/** Converts progress to JSON, and removes the parameters of a failed run, which are only for the worker's log. */
function forMonitor(event: LifecycleEvent): LifecycleEvent {
  if (event.type === "job.progress") return { ...event, progress: jsonOrNull(event.progress) };
  if (event.type !== "job.failed" || event.params === undefined) return event;
  const { params: _, ...reported } = event;
  return reported;
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
