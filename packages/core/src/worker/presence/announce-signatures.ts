import type { CoordinationStore } from "../../coordination/coordination-store.ts";
import { readRecord } from "../../coordination/read-record.ts";
import type { Observer } from "../../job/lifecycle.ts";
import { ALL_HOLDS_MS } from "../../retry/decide-retry.ts";
import type { Cancel } from "../../runtime/clock.ts";
import { endOf } from "../../runtime/deadline.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { sha256 } from "../../runtime/sha256.ts";
import type { Task } from "../../task/task.ts";
import type { WorkerService } from "../worker-parts.ts";
import { announceTasks, type WorkerPresence } from "./heartbeat.ts";

/** The signatures of one release, as its processes announce them: those that enqueue, and those that work. */
export interface AnnouncedSignatures extends Pick<WorkerPresence, "tasks" | "hasMoreTasks" | "release"> {
  /** When one of these processes last announced them, in ms since 1970 by its own clock. */
  readonly seenAt: number;
}

/** The set of entries with the signatures of living processes. */
const SIGNATURES = "signatures";

/** The set of entries with the signatures that were ever announced. */
const PAST_SIGNATURES = "past-signatures";

/** How often a process announces its signatures again, in ms. */
const ANNOUNCE_MS = 20_000;

/**
 * How long signatures stay known after their last process is gone, in ms. It is twice as long as a worker stays listed,
 * since the restart of the only process of a release must not set its jobs aside.
 */
const KNOWN_FOR_MS = 60_000;

/**
 * How long the first announcement of a producer lasts, in ms. A process that only enqueues a few jobs and ends makes no
 * other one. So workers of its release have as long to come as the holds of its jobs take.
 */
const FIRST_PRODUCER_MS = ALL_HOLDS_MS;

/** How long it is remembered that signatures were announced, in ms: a week. */
const REMEMBERED_MS = 7 * 86_400_000;

/** How often that is written again, in ms. */
const REMEMBER_MS = 3_600_000;

/** How long a write may delay the close of an app, in ms. */
const CLOSE_MS = 1_000;

/** What a {@link SignatureAnnouncer} announces, and where. */
export interface AnnouncerParts {
  /** The broker's own, since producers may have no result store. */
  readonly coordination: CoordinationStore;
  readonly runtime: Runtime;
  /** All tasks of the app. */
  readonly tasks: readonly Task[];
  readonly release: string | undefined;
}

/**
 * Tells other processes which signatures this app knows: from its first job on until it is closed, and while it has a
 * worker. It works in the background and delays no job. Errors are reported once.
 */
export class SignatureAnnouncer {
  readonly #parts: AnnouncerParts;
  #entry: SignatureEntry | undefined;
  #isProducer = false;
  #workers = 0;
  #hasEnded = false;
  #hasFailed = false;
  #isWriting = false;
  #cancelNext: Cancel | undefined;
  #rememberAt = Number.NEGATIVE_INFINITY;
  #lastWrite = Promise.resolve();

  constructor(parts: AnnouncerParts) {
    this.#parts = parts;
  }

  /** Begins at the first job, and observes no event after it. */
  observeProducer(lifecycle: { observe(observer: Observer): () => void }): void {
    const stop = lifecycle.observe(({ type }) => {
      if (type !== "job.enqueued") return;
      stop();
      this.#isProducer = true;
      this.#begin(FIRST_PRODUCER_MS);
    });
  }

  /** Announces while a worker runs. */
  serviceOfWorker(): WorkerService {
    return {
      prepare: async () => {},
      begin: () => {
        this.#workers++;
        this.#begin(KNOWN_FOR_MS);
      },
      end: async () => {
        this.#workers--;
        this.#pauseUnlessNeeded();
      },
    };
  }

  /** Announces nothing any more, and leaves the entries to expire. Resolves within a second. */
  end(): Promise<void> {
    this.#hasEnded = true;
    this.#pauseUnlessNeeded();
    return endOf(this.#parts.runtime.clock, CLOSE_MS, this.#lastWrite);
  }

  get #isNeeded(): boolean {
    return !this.#hasEnded && (this.#isProducer || this.#workers > 0);
  }

  #pauseUnlessNeeded(): void {
    if (this.#isNeeded) return;
    this.#cancelNext?.();
    this.#cancelNext = undefined;
  }

  #begin(ttlMs: number): void {
    if (!this.#isWriting && this.#cancelNext === undefined) this.#announce(ttlMs);
  }

  /** A write that hangs is not followed by others. */
  #announce(ttlMs: number): void {
    this.#cancelNext = undefined;
    this.#isWriting = true;
    this.#lastWrite = this.#write(ttlMs)
      .then(
        () => {
          this.#hasFailed = false;
        },
        (error: unknown) => this.#report(error),
      )
      .then(() => {
        this.#isWriting = false;
        if (!this.#isNeeded) return;
        const { clock } = this.#parts.runtime;
        this.#cancelNext = clock.schedule(ANNOUNCE_MS, () => this.#announce(KNOWN_FOR_MS));
      });
  }

  /** The living first: who finds only the other entry counts them as gone. */
  async #write(ttlMs: number): Promise<void> {
    const { coordination, runtime } = this.#parts;
    const { now, monotonic } = runtime.clock;
    // On use: most processes that open an app announce nothing.
    this.#entry ??= entryOf(this.#parts);
    const { name, said } = this.#entry;
    const value = JSON.stringify({ ...said, seenAt: now() });
    await coordination.put({ set: SIGNATURES, name, value }, ttlMs);
    if (monotonic() < this.#rememberAt) return;
    await coordination.put({ set: PAST_SIGNATURES, name, value }, REMEMBERED_MS);
    this.#rememberAt = monotonic() + REMEMBER_MS;
  }

  #report(error: unknown): void {
    const message = "the signatures of this app cannot be announced; it goes on";
    if (!this.#hasFailed && !this.#hasEnded)
      this.#parts.runtime.report({ source: "store", err: error }, message);
    this.#hasFailed = true;
  }
}

/** What is announced, and the name of its entry. */
interface SignatureEntry {
  readonly name: string;
  readonly said: Omit<AnnouncedSignatures, "seenAt">;
}

/** The name is made of the content. So all processes with the same tasks share one entry, however many come and go. */
function entryOf({ tasks, release }: AnnouncerParts): SignatureEntry {
  const said = announceTasks(tasks, []);
  const name = sha256(JSON.stringify(said)).slice(0, 16);
  return { name, said: release === undefined ? said : { ...said, release } };
}

/** Signatures that were announced. */
export interface Announcements {
  /** Those of releases that have a living process, or had one a moment ago. */
  readonly live: readonly AnnouncedSignatures[];
  /** Those of the last week. A process of another language, or of an earlier release of jobs, announces none. */
  readonly past: readonly AnnouncedSignatures[];
}

/** Reads which signatures were announced. The past first: who is found only there has no living process. */
export async function readAnnouncements(coordination: CoordinationStore): Promise<Announcements> {
  const past = await readSet(coordination, PAST_SIGNATURES);
  return { past, live: await readSet(coordination, SIGNATURES) };
}

async function readSet(
  coordination: CoordinationStore,
  set: string,
): Promise<readonly AnnouncedSignatures[]> {
  return (await coordination.list(set)).map(({ value }) =>
    readRecord(value, "what an app announces of its signatures", (record) => "tasks" in record),
  );
}
