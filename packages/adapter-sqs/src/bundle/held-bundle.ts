import type { Message } from "@aws-sdk/client-sqs";
import type { Delivery, ExtendResult, SettleResult } from "@jobs/core/broker";
import { firstMessageId } from "../dead-letter/read-dead-letter.ts";
import { deleteMessage, type LeaseHolder, renewLease } from "../receive/lease-requests.ts";
import {
  deliver,
  type LeasedMessage,
  leasedMessage,
  oneAtATime,
  takenAs,
} from "../receive/leased-message.ts";
import { restEntry } from "./leaving-entry.ts";

/** SQS counts leases in whole seconds, so a lease that is younger is as good as a new one. In ms. */
const FRESH_MS = 1_000;

const BUNDLES = new WeakMap<LeasedMessage, HeldBundle>();

/** The bundle that a leased message is, or is a job of. A job of a bundle has no receipt that SQS knows. */
export function bundleOf(leased: LeasedMessage): HeldBundle | undefined {
  return BUNDLES.get(leased);
}

/**
 * A bundle that this process has leased. SQS knows one lease, that of the message. It lasts as long as the longest of
 * its jobs. The message is deleted when every job has ended, or has left it as a message of its own.
 *
 * Jobs that the worker has no slot for wait here, as its rest. They have no lease of their own: see `BundlesInHand` for how
 * long they may wait.
 */
export class HeldBundle {
  /** The message. */
  readonly lease: LeasedMessage;
  readonly #leaseMs: number;
  /** Delivered jobs that are not settled. */
  readonly #open = new Set<LeasedMessage>();
  /** The first ids of jobs that have ended, or have left the bundle. */
  readonly #gone = new Set<string>();
  #rest: readonly Message[];
  /** Number of jobs that are neither in the rest nor open at the moment, since a request for them is under way. */
  #onTheWay = 0;
  /** When the lease was last renewed, on the monotonic clock. */
  #renewedAt: number;
  #renewing: { readonly untilMs: number; readonly answer: Promise<ExtendResult> } | undefined;
  #deletion: "none" | "under way" | "done" = "none";
  /** Whether the lease was lost: the message is in the queue again, and must not be deleted any more. */
  #isLost = false;

  /** `leaseMs`: the length of its lease, from `takenAt` on the monotonic clock. */
  constructor(message: Message, jobs: readonly Message[], takenAt: number, leaseMs: number) {
    this.lease = takenAs(message, takenAt, takenAt + leaseMs);
    BUNDLES.set(this.lease, this);
    this.#leaseMs = leaseMs;
    this.#rest = jobs;
    this.#renewedAt = takenAt;
  }

  /** Number of jobs that were not delivered yet. */
  get restSize(): number {
    return this.#rest.length;
  }

  /** Whether no job is in the hands of the worker, so that nobody renews the lease. */
  get isUnattended(): boolean {
    return this.#open.size === 0 && this.#onTheWay === 0;
  }

  /** Whether the message is deleted, or leased to this process no more. */
  get isEnded(): boolean {
    return this.#deletion === "done" || this.#isLost;
  }

  /** Whether every job has ended or left, but the message could not be deleted. */
  get isLeftOver(): boolean {
    return this.isUnattended && this.#rest.length === 0 && this.#deletion === "none" && !this.#isLost;
  }

  /** Whether a job has ended or left the bundle, by its first id. */
  isGone(messageId: string): boolean {
    return this.#gone.has(messageId);
  }

  /** Delivers up to `max` jobs of the rest at `now`, on the monotonic clock. It does not renew the lease. */
  deliver(max: number, now: number): readonly Delivery[] {
    return this.#deliver(this.#takeRest(max), now);
  }

  /** The same some time after the receive: their lease is renewed before. */
  async deliverLater(holder: LeaseHolder, max: number): Promise<readonly Delivery[]> {
    const { clock } = holder.session.pace;
    const now = clock.monotonic();
    if (now - this.#renewedAt < FRESH_MS) return this.deliver(max, now);
    const jobs = this.#takeRest(max);
    this.#onTheWay += jobs.length;
    const renewed = await this.extend(holder, this.#leaseMs);
    this.#onTheWay -= jobs.length;
    // With a lost lease the whole message is in the queue again.
    return renewed.status === "lost" ? [] : this.#deliver(jobs, clock.monotonic());
  }

  /** Renews the lease, for `job` if it is named. Jobs of one call share one request. */
  async extend(holder: LeaseHolder, leaseMs: number, job?: LeasedMessage): Promise<ExtendResult> {
    const wantedMs = holder.session.pace.clock.monotonic() + leaseMs;
    const result = await this.#renewUntil(holder, this.#latestEnd(wantedMs, job));
    if (result.status !== "extended" || job === undefined) return result;
    job.leasedUntil = Math.min(wantedMs, result.leaseUntil);
    return { status: "extended", leaseUntil: job.leasedUntil };
  }

  /** Whether the lease is held. After its end only SQS knows that. */
  async confirm(holder: LeaseHolder): Promise<SettleResult> {
    if (holder.session.pace.clock.monotonic() < this.lease.leasedUntil) return SETTLED;
    return this.prove(holder);
  }

  /** Renews the lease, which proves that it is held. */
  async prove(holder: LeaseHolder): Promise<SettleResult> {
    const renewed = await this.extend(holder, this.#leaseMs);
    return renewed.status === "extended" ? SETTLED : renewed;
  }

  /** A job has ended, or is a message of its own now. With the last one the message is deleted. */
  async end(holder: LeaseHolder, job: LeasedMessage): Promise<SettleResult> {
    this.#open.delete(job);
    this.#gone.add(firstMessageId(job.message));
    return this.deleteIfOver(holder);
  }

  /** Sends the rest to the queue again, as one message. It stays here if that fails. */
  async giveBackRest(holder: LeaseHolder): Promise<void> {
    const rest = this.#takeRest(this.#rest.length);
    this.#onTheWay += rest.length;
    const held = await this.confirm(holder);
    const isSent = held.status === "settled" && (await this.#send(holder, rest));
    this.#onTheWay -= rest.length;
    if (isSent) await this.deleteIfOver(holder);
    else if (held.status !== "lost") this.#rest = rest;
  }

  /** Deletes the message if every job has ended or left. */
  async deleteIfOver(holder: LeaseHolder): Promise<SettleResult> {
    if (this.#isLost) return { status: "lost" };
    if (!this.isUnattended || this.#rest.length > 0) return SETTLED;
    // If the message returns, it is deleted without a second run.
    holder.record.dedupe.addDone(this.lease.id);
    this.#deletion = "under way";
    const result = await deleteMessage(holder, this.lease);
    this.#deletion = result.status === "failed" ? "none" : "done";
    return result;
  }

  #takeRest(max: number): readonly Message[] {
    const taken = this.#rest.slice(0, max);
    this.#rest = this.#rest.slice(taken.length);
    return taken;
  }

  #deliver(jobs: readonly Message[], now: number): readonly Delivery[] {
    const { takenAt, leasedUntil } = this.lease;
    // The message may be leased for longer, for another of its jobs.
    const leaseUntil = Math.min(leasedUntil, now + this.#leaseMs);
    return jobs.map((job) => {
      const messageId = firstMessageId(job);
      const delivery = deliver(job, takenAt, { leaseUntil, messageId });
      const leased = leasedMessage(delivery);
      BUNDLES.set(leased, this);
      this.#open.add(leased);
      return delivery;
    });
  }

  async #send({ record, timeoutMs }: LeaseHolder, rest: readonly Message[]): Promise<boolean> {
    const [answer] = await record.requests.send([restEntry(this.lease.message, rest)], timeoutMs);
    if (answer?.status !== "done") return false;
    for (const job of rest) this.#gone.add(firstMessageId(job));
    return true;
  }

  /** An extension of one job must not shorten the lease of the others. */
  #latestEnd(wantedMs: number, job: LeasedMessage | undefined): number {
    let latest = wantedMs;
    for (const open of this.#open) if (open !== job) latest = Math.max(latest, open.leasedUntil);
    return latest;
  }

  #renewUntil(holder: LeaseHolder, untilMs: number): Promise<ExtendResult> {
    const underWay = this.#renewing;
    if (underWay !== undefined && underWay.untilMs > untilMs - FRESH_MS) return underWay.answer;
    const { clock } = holder.session.pace;
    const answer = oneAtATime(this.lease, async () => {
      const askedAt = clock.monotonic();
      const result = await renewLease(holder, this.lease, untilMs - askedAt);
      if (result.status === "extended") this.#renewedAt = askedAt;
      if (result.status === "lost") this.#isLost = true;
      return result;
    });
    const renewing = { untilMs, answer };
    this.#renewing = renewing;
    const end = () => {
      if (this.#renewing === renewing) this.#renewing = undefined;
    };
    answer.then(end, end);
    return answer;
  }
}

const SETTLED = { status: "settled" } as const;
