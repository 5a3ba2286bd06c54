import { createHash } from "node:crypto";
import type { CoordinationStore } from "../../coordination/coordination-store.ts";
import { readRecord } from "../../coordination/read-record.ts";
import type { LifecycleEvent, Observer } from "../../job/lifecycle.ts";
import { ALL_HOLDS_MS } from "../../retry/decide-retry.ts";
import type { Cancel } from "../../runtime/clock.ts";
import { endOf } from "../../runtime/deadline.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { Task } from "../../task/task.ts";
import { announceTasks, type WorkerPresence } from "./heartbeat.ts";

/** The signatures of one release, as its processes announce them: those that enqueue, and those that work. */
export interface AnnouncedSignatures extends Pick<WorkerPresence, "tasks" | "hasMoreTasks" | "release"> {
  /** When the last of these processes announced them, in ms since 1970 by its own clock. */
  readonly seenAt: number;
}

/** The set of entries with the signatures of releases. */
const SIGNATURES = "signatures";

/** How often a process announces its signatures again, in ms. */
const ANNOUNCE_MS = 20_000;

/**
 * How long signatures stay known after their last process is gone, in ms. It is twice as long as a worker stays listed,
 * since the restart of the only process of a release must not set its jobs aside.
 */
export const KNOWN_FOR_MS = 60_000;

/**
 * How long the first announcement of a producer lasts, in ms. A process that only enqueues a few jobs and ends makes no
 * other one. So workers of its release have as long to come as the holds of its jobs take.
 */
const FIRST_PRODUCER_MS = ALL_HOLDS_MS;

/** How long a write may delay the close of an app, in ms. */
const CLOSE_MS = 1_000;

/** What a {@link SignatureAnnouncer} announces, and where. */
export interface AnnouncerParts {
  readonly coordination: CoordinationStore;
  readonly runtime: Runtime;
  /** All tasks of the app. */
  readonly tasks: readonly Task[];
  readonly release: string | undefined;
}

/**
 * Tells other processes which signatures this app knows, from its first job or its first worker on. It runs in the
 * background and delays no job. Errors are reported once.
 */
export class SignatureAnnouncer {
  readonly #parts: AnnouncerParts;
  readonly #name: string;
  readonly #said: Omit<AnnouncedSignatures, "seenAt">;
  #hasBegun = false;
  #hasEnded = false;
  #hasFailed = false;
  #cancelNext: Cancel = () => {};
  #lastWrite = Promise.resolve();

  constructor(parts: AnnouncerParts) {
    const { tasks, release } = parts;
    this.#parts = parts;
    this.#said = { ...announceTasks(tasks, []), ...(release === undefined ? {} : { release }) };
    // By content: all processes of a release share one entry, however many of them start and end.
    this.#name = createHash("sha256").update(JSON.stringify(this.#said)).digest("hex").slice(0, 16);
  }

  /** Begins at the first event that shows a job or a worker, then stops observing. */
  observe(lifecycle: { observe(observer: Observer): () => void }): void {
    const stop = lifecycle.observe(({ type }: LifecycleEvent) => {
      if (type !== "job.enqueued" && type !== "worker.started") return;
      stop();
      this.#begin(type === "job.enqueued" ? FIRST_PRODUCER_MS : KNOWN_FOR_MS);
    });
  }

  /** Announces nothing any more, and leaves the entry to expire. Resolves within a second. */
  end(): Promise<void> {
    this.#hasEnded = true;
    this.#cancelNext();
    return endOf(this.#parts.runtime.clock, CLOSE_MS, this.#lastWrite);
  }

  #begin(ttlMs: number): void {
    if (this.#hasBegun || this.#hasEnded) return;
    this.#hasBegun = true;
    this.#announce(ttlMs);
  }

  #announce(ttlMs: number): void {
    const { coordination, runtime } = this.#parts;
    const value = JSON.stringify({ ...this.#said, seenAt: runtime.clock.now() });
    const entry = { set: SIGNATURES, name: this.#name, value };
    this.#lastWrite = this.#lastWrite.then(() => coordination.put(entry, ttlMs)).then(
      () => {
        this.#hasFailed = false;
      },
      (error: unknown) => this.#report(error),
    );
    void this.#lastWrite.then(() => this.#again());
  }

  /** After a write that hangs there is no other one. */
  #again(): void {
    if (this.#hasEnded) return;
    this.#cancelNext = this.#parts.runtime.clock.schedule(ANNOUNCE_MS, () => this.#announce(KNOWN_FOR_MS));
  }

  #report(error: unknown): void {
    const message = "the signatures of this app cannot be announced; it goes on";
    if (!this.#hasFailed && !this.#hasEnded) this.#parts.runtime.report({ source: "store", err: error }, message);
    this.#hasFailed = true;
  }
}

/** The signatures of all releases that have a living process, or had one a moment ago. */
export async function readSignatures(coordination: CoordinationStore): Promise<readonly AnnouncedSignatures[]> {
  return (await coordination.list(SIGNATURES)).map(({ value }) =>
    readRecord(value, "what an app announces of its signatures", (record) => "tasks" in record),
  );
}
