import type { JobsError } from "@jobs/core";
import type { BrokerQueue, QueueStats } from "@jobs/core/broker";
import { keepAliveClock, sleep } from "@jobs/core/runtime";
import type { MoveJournal } from "./journal.ts";
import type { MovableJob } from "./movable-job.ts";
import { type MoveTarget, type RefusedJob, sendJobs } from "./send-jobs.ts";

/** The most jobs of one send, and so the most that can be in doubt after a kill. */
export const PAGE_SIZE = 100;

/** The same for a target that stores a job twice: one request to SQS. */
const DOUBTFUL_PAGE_SIZE = 10;

/** Pause between two looks at a source whose jobs workers have, in ms. */
const LOOK_MS = 500;

/** Looks that must find a source empty whose numbers are estimates, and late. */
const LOOKS_AT_ESTIMATES = 2;

/** How a queue is moved. */
export interface QueueMoveOptions {
  /** Name without prefix. */
  readonly name: string;
  readonly source: BrokerQueue;
  readonly target: MoveTarget;
  readonly journal: MoveJournal;
  readonly pace: Pace;
  /** Waits for jobs that workers have or that are delayed out of sight, too. */
  readonly isUntilEmpty: boolean;
  /** Aborts when the move is to end after the jobs that it has in hand. */
  readonly stop: AbortSignal;
  /** Called for each part of moved jobs. */
  readonly onMoved: (count: number) => void;
}

/** The result for one queue. Exact numbers, but those of `left` where the source only estimates. */
export interface MovedQueue {
  readonly name: string;
  readonly moved: number;
  /** Dead letters among the moved ones. */
  readonly dead: number;
  readonly refused: readonly RefusedJob[];
  /** Ids of jobs that may be in the target twice, or run twice: sent again after a kill. */
  readonly maybeTwice: readonly string[];
  readonly left: Readonly<Record<"ready" | "delayed" | "leased" | "dead", number | null>>;
}

/** The move of one queue: what its two ways have in common. */
export class QueueMove {
  readonly source: BrokerQueue;
  readonly journal: MoveJournal;
  readonly pageSize: number;
  readonly #options: QueueMoveOptions;
  readonly #refused = new Map<string, RefusedJob>();
  #moved = 0;
  #dead = 0;
  #movedBefore = 0;
  #emptyLooks = 0;
  /** The error of the last send, while it hinders the move. */
  #failure: JobsError | undefined;

  constructor(options: QueueMoveOptions) {
    this.#options = options;
    this.source = options.source;
    this.journal = options.journal;
    const { dedupe } = options.target.queue.capabilities;
    this.pageSize = options.pace.part(dedupe === false ? DOUBTFUL_PAGE_SIZE : PAGE_SIZE);
  }

  get isStopped(): boolean {
    return this.#options.stop.aborted;
  }

  /**
   * Sends jobs, and returns those that the target has. They may leave the source.
   * @throws the error of the target when it has taken none of them, and refused none
   */
  async send(jobs: readonly MovableJob[]): Promise<readonly MovableJob[]> {
    const wanted = jobs.filter(({ key }) => !this.#refused.has(key));
    if (wanted.length === 0) return [];
    await this.#options.pace.wait(wanted.length, this.#options.stop);
    if (this.isStopped) return [];
    const { arrived, refused, maybeTwice, failed } = await sendJobs(
      wanted,
      this.#options.target,
      this.journal,
    );
    for (const one of refused) this.#refused.set(one.key, one);
    this.journal.sentAgain(this.source.name, maybeTwice);
    this.#failure = failed[0]?.error;
    if (this.#failure !== undefined && arrived.length + refused.length === 0) throw this.#failure;
    return arrived;
  }

  /** Counts jobs that the source has lost. */
  count(gone: readonly MovableJob[]): void {
    this.#moved += gone.length;
    this.#dead += gone.filter(({ message }) => message.dead !== undefined).length;
    if (gone.length > 0) this.#options.onMoved(gone.length);
  }

  beginPass(): void {
    this.#movedBefore = this.#moved;
  }

  /** Whether another pass may find jobs. */
  async goesOn(): Promise<boolean> {
    if (this.isStopped) return false;
    if (this.#moved > this.#movedBefore) return true;
    if (!this.#options.isUntilEmpty) return false;
    this.#emptyLooks = (await this.#isEmpty()) ? this.#emptyLooks + 1 : 0;
    const isExact = this.source.capabilities.stats === "exact";
    if (this.#emptyLooks >= (isExact ? 1 : LOOKS_AT_ESTIMATES)) return false;
    await sleep(keepAliveClock, LOOK_MS, this.#options.stop);
    return !this.isStopped;
  }

  /**
   * Takes out of the journal what a killed move had removed from the source and not noted. Else a later move, after one
   * back, would take those jobs for sent, and remove them.
   */
  async forgetGone(): Promise<void> {
    if (!this.isStopped && (await this.#isEmpty())) this.journal.emptied(this.source.name);
  }

  /** Only jobs that the target refuses may stay. */
  async #isEmpty(): Promise<boolean> {
    const stored = storedIn(await this.source.stats());
    return stored !== undefined && stored <= this.#refused.size;
  }

  async result(): Promise<MovedQueue> {
    const { ready, delayed, leased, dead } = await this.source.stats();
    return {
      name: this.#options.name,
      moved: this.#moved,
      dead: this.#dead,
      refused: [...this.#refused.values()],
      maybeTwice: this.journal.maybeTwice(this.source.name),
      left: { ready: ready.n, delayed: delayed.n, leased: leased.n, dead: dead.n },
    };
  }
}

function storedIn({ ready, delayed, leased, dead }: QueueStats): number | undefined {
  const counts = [ready.n, delayed.n, leased.n, dead.n];
  return counts.some((count) => count === null)
    ? undefined
    : counts.reduce<number>((sum, n) => sum + (n ?? 0), 0);
}

/** How fast jobs are moved, over all queues. */
export class Pace {
  readonly #perSecond: number;
  #freeAt = 0;

  /** `perSecond`: `Infinity` for no limit. */
  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /** The most jobs of one send: no more than a second allows. */
  part(most: number): number {
    return Math.max(1, Math.min(most, Math.floor(this.#perSecond)));
  }

  /** Waits until `count` more jobs may be sent. */
  async wait(count: number, stop: AbortSignal): Promise<void> {
    if (this.#perSecond === Number.POSITIVE_INFINITY) return;
    const now = keepAliveClock.monotonic();
    const startAt = Math.max(now, this.#freeAt);
    this.#freeAt = startAt + (count * 1_000) / this.#perSecond;
    if (startAt > now) await sleep(keepAliveClock, startAt - now, stop);
  }
}
