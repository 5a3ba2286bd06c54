import type { Message } from "@aws-sdk/client-sqs";
import type { Delivery } from "@jobs/core/broker";
import { firstMessageId } from "../dead-letter/read-dead-letter.ts";
import type { LeaseHolder } from "../receive/lease-requests.ts";
import { bundledMessages } from "./bundle-body.ts";
import { bundleOf, HeldBundle } from "./held-bundle.ts";
import { leavingEntry } from "./leaving-entry.ts";

/** A bundle that was received, and its jobs. */
interface ReceivedBundle {
  readonly message: Message;
  readonly jobs: readonly Message[];
}

/** Received messages by what they hold. */
interface SortedMessages {
  readonly single: readonly Message[];
  /** Bundles whose jobs can run from here. */
  readonly whole: readonly ReceivedBundle[];
  /** Bundles that have to be taken apart. */
  readonly again: readonly ReceivedBundle[];
}

/**
 * The bundles of one consumer. Their rests go back to the queue when no job of any bundle runs, since then nobody may come
 * back here. The rest of a bundle that is older than a third of a lease goes back too. So a job never waits long behind
 * others.
 */
export class BundlesInHand {
  readonly #holder: Omit<LeaseHolder, "timeoutMs">;
  readonly #leaseMs: number;
  #bundles: readonly HeldBundle[] = [];
  /** Jobs of a message in the last receive that was not empty. */
  #jobsPerMessage: number;

  constructor(holder: Omit<LeaseHolder, "timeoutMs">, leaseMs: number) {
    this.#holder = holder;
    this.#leaseMs = leaseMs;
    this.#jobsPerMessage = holder.session.jobsPerMessage;
  }

  /** How many messages to ask for, so that about `max` jobs come. */
  messagesFor(max: number): number {
    return Math.max(1, Math.floor(max / this.#jobsPerMessage));
  }

  /** Sorts received messages. Without `max` all bundles are taken apart, and also those that come again. */
  sort(received: readonly Message[], max: number | undefined): SortedMessages {
    const single: Message[] = [];
    const whole: ReceivedBundle[] = [];
    const again: ReceivedBundle[] = [];
    for (const message of received) {
      const jobs = bundledMessages(message);
      if (jobs === undefined) single.push(message);
      else if (max === undefined || receivesOf(message) > 1) again.push({ message, jobs });
      else whole.push({ message, jobs });
    }
    const jobs = whole.reduce((sum, bundle) => sum + bundle.jobs.length, single.length);
    if (jobs > 0) this.#jobsPerMessage = Math.ceil(jobs / (single.length + whole.length));
    return { single, whole, again };
  }

  /** Holds received bundles and delivers up to `max` of their jobs: some of each, so that no bundle is unattended. */
  hold(received: readonly ReceivedBundle[], takenAt: number, max: number): readonly Delivery[] {
    const now = this.#now;
    const held = received.map(({ message, jobs }) => {
      const bundle = new HeldBundle(message, jobs, takenAt, this.#leaseMs);
      this.#holder.record.dedupe.addLeased(bundle.lease, now);
      return bundle;
    });
    let left = max;
    const deliveries = held.flatMap((bundle, index) => {
      const others = held.length - 1 - index;
      const delivered = bundle.deliver(Math.max(1, left - others), now);
      left -= delivered.length;
      return delivered;
    });
    this.#bundles = [...this.#bundles, ...held];
    return deliveries;
  }

  /** Delivers up to `max` jobs of the rests. */
  async take(max: number, timeoutMs: number): Promise<readonly Delivery[]> {
    let left = max;
    const taken: Promise<readonly Delivery[]>[] = [];
    const isReady = (bundle: HeldBundle) =>
      bundle.restSize > 0 && !this.#isOver(bundle) && !this.#isOld(bundle);
    const ready = this.#bundles.filter(isReady);
    for (const bundle of ready) {
      if (left === 0) break;
      const count = Math.min(left, bundle.restSize);
      left -= count;
      taken.push(bundle.deliverLater({ ...this.#holder, timeoutMs }, count));
    }
    return (await Promise.all(taken)).flat();
  }

  /** Gives rests back that must not wait here any longer; all of them if `isClosing`. */
  async tidy(timeoutMs: number, isClosing = false): Promise<void> {
    if (this.#bundles.length === 0) return;
    const holder = { ...this.#holder, timeoutMs };
    const isIdle = this.#bundles.every((bundle) => bundle.isUnattended || this.#isOver(bundle));
    const mustLeave = (bundle: HeldBundle) => isClosing || isIdle || this.#isOld(bundle);
    await Promise.all(
      this.#bundles.map(async (bundle) => {
        if (this.#isOver(bundle)) return;
        if (bundle.restSize > 0 && mustLeave(bundle)) await bundle.giveBackRest(holder);
        else if (bundle.isLeftOver) await bundle.deleteIfOver(holder);
      }),
    );
    this.#bundles = this.#bundles.filter((bundle) => !this.#isOver(bundle) && !bundle.isEnded);
  }

  /**
   * Sends the jobs of bundles as messages of their own, then deletes the bundles. Returns those that are deleted. A
   * bundle that comes again has met a crash: alone, a job that kills its worker takes no others with it.
   */
  async takeApart(bundles: readonly ReceivedBundle[], timeoutMs: number): Promise<readonly Message[]> {
    if (bundles.length === 0) return [];
    const { record, session } = this.#holder;
    const { maxDelaySeconds } = session.pace;
    const isSent = await Promise.all(
      bundles.map(async ({ message, jobs }) => {
        const leased = record.dedupe.find(message.MessageId ?? "");
        const known = leased && bundleOf(leased);
        const left = jobs.filter((job) => !known?.isGone(firstMessageId(job)));
        const deliveries = receivesOf(message) - 1;
        const entries = left.map((job) => leavingEntry(job, { deliveries, delayMs: 0, maxDelaySeconds }));
        const answers = await record.requests.send(entries, timeoutMs);
        return answers.every(({ status }) => status === "done");
      }),
    );
    const gone = bundles.filter((_, index) => isSent[index]).map(({ message }) => message);
    for (const { MessageId = "" } of gone) record.dedupe.addDone(MessageId);
    await record.requests.delete(
      gone.map(({ ReceiptHandle = "" }) => ReceiptHandle),
      timeoutMs,
    );
    return gone;
  }

  get #now(): number {
    return this.#holder.session.pace.clock.monotonic();
  }

  /** The lease has ended, so SQS delivers the message again, with its rest. */
  #isOver({ lease }: HeldBundle): boolean {
    return lease.leasedUntil <= this.#now;
  }

  #isOld({ lease }: HeldBundle): boolean {
    return this.#now - lease.takenAt >= this.#leaseMs / 3;
  }
}

/** How often SQS has delivered a message. */
function receivesOf({ Attributes }: Message): number {
  return Number(Attributes?.ApproximateReceiveCount ?? 1) || 1;
}
