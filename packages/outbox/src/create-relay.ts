import { isJobsError } from "@jobs/core";
import {
  type Delivery,
  OUTBOX_QUEUE,
  type ValidatedBroker,
  type ValidatedConsumer,
  validateBroker,
} from "@jobs/core/broker";
import {
  createSharedAbort,
  keepAliveClock,
  optionsCheck,
  required,
  optionRules as rule,
  sleep,
} from "@jobs/core/runtime";
import { type Forwarded, forwardMessages } from "./forward-messages.ts";
import { giveBack, untilReturned } from "./jobs-in-hand.ts";
import { ParkedJobs } from "./parked-jobs.ts";
import { publishEvent } from "./publish-event.ts";
import { QueueOpener } from "./queue-opener.ts";
import type { Relay, RelayEvent, RelayOptions, RelayReport, RelayState, RelayStats } from "./relay.ts";
import { RelayClaim } from "./relay-claim.ts";
import { SendPace } from "./send-pace.ts";
import { SentRate } from "./sent-rate.ts";
import { missingStore, waitingOf } from "./spool-check.ts";
import { UnsettledJobs } from "./unsettled-jobs.ts";

const checkOptions = optionsCheck<RelayOptions>({
  from: required(rule.broker),
  to: required(rule.broker),
  queue: rule.queueName,
  untilEmpty: rule.boolean,
  takeoverMs: rule.msAboveZero(),
  onEvent: rule.func,
});

/** The most jobs in one trip. */
const BATCH = 500;

const TAKEOVER_MS = 45_000;

/** The longest lease, as a part of the time until a takeover: then the jobs of a killed relay are back. */
const LEASE_SHARE = 2 / 3;

/** No send begins in this last part of a lease. So its answer arrives before another relay may have the job. */
const UNSENT_SHARE = 1 / 4;

/** Jobs of refused queues are kept in hand for this part of a lease at most. */
const PARKED_SHARE = 1 / 6;

/** The next batch is fetched while one is sent, unless the last one took longer than this part of a lease. */
const QUICK_SHARE = 1 / 30;

/** The first and the longest pause while the store or the broker cannot be reached, in ms. */
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;

/** How often one that stands by asks whether nothing waits any more, in ms. */
const ASK_EMPTY_MS = 1_000;

/**
 * Creates a relay. Several may run for one queue: one of them works, since two would change the order of jobs. When it
 * is killed, another one takes over.
 * @throws ConfigError for options that cannot be used
 */
export function createRelay(options: RelayOptions): Relay {
  checkOptions(options, "createRelay()");
  return new StoreRelay(options);
}

/** A relay between two brokers. Its next batch is fetched while one is sent, so that neither waits for the other. */
class StoreRelay implements Relay {
  readonly #options: RelayOptions;
  readonly #emit = (event: RelayEvent) => publishEvent(() => this.#options.onEvent?.(event));
  readonly #queue: string;
  readonly #leaseMs: number;
  readonly #from: ValidatedBroker;
  readonly #store: QueueOpener;
  readonly #to: QueueOpener;
  readonly #claim: RelayClaim;
  readonly #rate = new SentRate();
  readonly #pace = new SendPace();
  readonly #parked = new ParkedJobs();
  readonly #unsettled = new UnsettledJobs();
  readonly #stopping = createSharedAbort();
  #state: RelayState = "starting";
  #failures = 0;
  #isQuick = true;
  #sent = 0;
  #refused = 0;

  constructor(options: RelayOptions) {
    const { from, to, queue = OUTBOX_QUEUE, takeoverMs = TAKEOVER_MS } = options;
    this.#options = options;
    this.#queue = queue;
    this.#leaseMs = takeoverMs * LEASE_SHARE;
    this.#from = validateBroker(from);
    this.#store = new QueueOpener(this.#from);
    this.#to = new QueueOpener(validateBroker(to));
    this.#claim = new RelayClaim(this.#from, queue, takeoverMs);
  }

  get state(): RelayState {
    return this.#state;
  }

  stop(): void {
    this.#stopping.abort();
  }

  async stats(): Promise<RelayStats> {
    const stats = await (await this.#store.open(this.#queue)).stats();
    return {
      state: this.#state,
      sent: this.#sent,
      refused: this.#refused,
      sentPerSecond: this.#rate.perSecond,
      waiting: waitingOf(stats),
      oldestMs: stats.oldestReadyMs,
      dead: stats.dead.n,
    };
  }

  async run(): Promise<RelayReport> {
    const absent = this.#from.absence?.();
    if (absent !== undefined) throw missingStore(this.#from.kind, absent);
    let consumer: ValidatedConsumer | undefined;
    try {
      while (!this.#isStopping) {
        try {
          consumer ??= await this.#from.openConsumer(this.#queue, {
            leaseMs: this.#leaseMs,
            isOrdered: true,
          });
          const isAlone = await this.#claim.hold();
          if (await (isAlone ? this.#moveAll(consumer) : this.#standBy())) break;
        } catch (error) {
          // The store has lost no job: what was not settled comes back when its lease ends.
          if (!isJobsError(error, "broker_unavailable") || !error.retryable) throw error;
          await this.#pause("store", error);
        }
      }
    } finally {
      await consumer?.close();
      await this.#claim.release();
      this.#state = "stopped";
    }
    return { sent: this.#sent, refused: this.#refused };
  }

  /** Moves batches while no other relay works on the queue. Whether it has ended because nothing waits any more. */
  async #moveAll(consumer: ValidatedConsumer): Promise<boolean> {
    if (this.#state === "standby") this.#emit({ type: "takes_over" });
    if (this.#state !== "waiting") this.#state = "active";
    await this.#unsettled.settle(consumer);
    await this.#untilReturned();
    let waitMs = this.#options.untilEmpty ? 0 : this.#claim.renewMs;
    let ahead: readonly Delivery[] = [];
    try {
      while (!this.#isStopping && (await this.#claim.hold())) {
        if (this.#parked.leftMs === 0) {
          await this.#returnAll(consumer, ahead);
          ahead = [];
        }
        const received = ahead.length > 0 ? ahead : await this.#exchange(consumer, waitMs);
        ahead = [];
        if (received.length > 0) {
          // A relay that was frozen during the receive may have been replaced. From here on leases end before the claim.
          if (!(await this.#claim.hold())) {
            ahead = received;
            break;
          }
          ahead = await this.#moveBatch(consumer, received);
        } else {
          this.#nothingFails();
          if (this.#options.untilEmpty && (await this.#isEmpty())) return true;
          waitMs = this.#claim.renewMs;
        }
      }
      return false;
    } finally {
      await this.#unsettled.settle(consumer);
      await giveBack(consumer, [...this.#parked.takeAll(), ...ahead]);
    }
  }

  /** Waits for the jobs in hand. Else later ones could be sent before them. */
  async #untilReturned(): Promise<void> {
    await untilReturned(await this.#store.open(this.#queue), {
      leaseMs: this.#leaseMs,
      renewMs: this.#claim.renewMs,
      signal: this.#stopping.signal,
      goesOn: () => this.#claim.hold(),
    });
  }

  /** Sends a batch, and fetches the next one meanwhile where more waits. Returns that. */
  async #moveBatch(consumer: ValidatedConsumer, received: readonly Delivery[]): Promise<readonly Delivery[]> {
    const hasMore = this.#isQuick && received.length === BATCH;
    const fetching = hasMore ? this.#exchange(consumer, 0) : Promise.resolve([]);
    fetching.catch(() => {});
    const begunAt = keepAliveClock.monotonic();
    const forwarded = await forwardMessages(this.#to, received, {
      unsentMs: this.#leaseMs * UNSENT_SHARE,
      pace: this.#pace,
      signal: this.#stopping.signal,
      refusals: this.#parked.refusals,
    });
    this.#isQuick = keepAliveClock.monotonic() - begunAt < this.#leaseMs * QUICK_SHARE;
    this.#unsettled.add(forwarded.settlements);
    this.#count(forwarded);
    const ahead = await fetching;
    if (forwarded.waiting.length === 0) {
      this.#nothingFails();
      return ahead;
    }
    if (forwarded.areRefused && this.#parked.hasRoomOf(consumer.capabilities)) {
      this.#park(forwarded);
      return ahead;
    }
    if (forwarded.sent > 0) this.#failures = 0;
    await this.#returnAll(consumer, [...forwarded.waiting, ...ahead], forwarded.fault);
    return [];
  }

  /** Keeps jobs of refused queues for the time of a pause, while those of others are sent. Databases keep their order. */
  #park({ waiting, fault }: Forwarded): void {
    const keepMs = this.#parked.isEmpty && fault !== undefined ? this.#noteFault("broker", fault) : 0;
    this.#parked.add(waiting, Math.min(keepMs, this.#leaseMs * PARKED_SHARE));
  }

  /** Gives back all jobs in hand, and goes on after a pause. `fault`: why they wait. */
  async #returnAll(consumer: ValidatedConsumer, others: readonly Delivery[], fault?: Error): Promise<void> {
    // Jobs that have to wait are given back now, not after the pause, and the later ones with them.
    await this.#unsettled.settle(consumer);
    const waiting = [...this.#parked.takeAll(), ...others];
    const isGivenBack = await giveBack(consumer, waiting);
    if (fault !== undefined) await this.#pause("broker", fault);
    // After the pause a full disk may have space again. Else the jobs would wait until their leases end.
    if (!isGivenBack) await giveBack(consumer, waiting);
    await this.#untilReturned();
  }

  #count({ sent, refused }: Forwarded): void {
    this.#sent += sent;
    this.#refused += refused;
    if (sent > 0) this.#rate.add(sent);
    if (sent + refused > 0) this.#emit({ type: "moved", sent, refused });
  }

  #nothingFails(): void {
    if (!this.#parked.isEmpty) return;
    this.#failures = 0;
    this.#state = "active";
  }

  async #pause(of: "store" | "broker", error: Error): Promise<void> {
    await sleep(keepAliveClock, this.#noteFault(of, error), this.#stopping.signal);
  }

  /** Says that jobs wait. @returns how long, in ms */
  #noteFault(of: "store" | "broker", error: Error): number {
    const retryMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures++);
    this.#state = "waiting";
    this.#emit({ type: "waits", for: of, error, retryMs });
    return retryMs;
  }

  #exchange(consumer: ValidatedConsumer, mostMs: number): Promise<readonly Delivery[]> {
    const waitMs = Math.min(mostMs, this.#parked.leftMs);
    return this.#unsettled.exchange(consumer, { max: BATCH, waitMs, signal: this.#stopping.signal });
  }

  /** Waits for the other relay. Whether nothing waits any more, and this one is to end then. */
  async #standBy(): Promise<boolean> {
    if (this.#state !== "standby") {
      this.#state = "standby";
      this.#failures = 0;
      this.#emit({ type: "stands_by" });
    }
    const { untilEmpty = false } = this.#options;
    if (untilEmpty && (await this.#isEmpty())) return true;
    const waitMs = untilEmpty ? Math.min(ASK_EMPTY_MS, this.#claim.renewMs) : this.#claim.renewMs;
    await sleep(keepAliveClock, waitMs, this.#stopping.signal);
    return false;
  }

  /** Jobs that another relay has in hand wait too. A paused queue gives none, so it counts as empty. */
  async #isEmpty(): Promise<boolean> {
    const stats = await (await this.#store.open(this.#queue)).stats();
    return stats.isPaused || (waitingOf(stats) ?? 0) === 0;
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }
}
