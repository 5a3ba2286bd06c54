import { randomBytes } from "node:crypto";
import type { ConsumerOptions, Settlement } from "@jobs/core/broker";
import { systemClock } from "@jobs/core/runtime";
import { type BrokerSession, queuePrefix } from "../broker-session.ts";
import { writeHolder } from "./receipt.ts";
import type { RequestedBatch } from "./receive-batch.ts";
import { settlementArguments } from "./settlement-arguments.ts";

/** A turn on its way to Redis. */
export interface BatchRequest {
  /** What its script is given. */
  readonly args: readonly (string | number)[];
  readonly asked: RequestedBatch;
}

/** What a turn is to do. */
export interface BatchWish {
  readonly settlements: readonly Settlement[];
  /** How many messages it is to take. */
  readonly max: number;
  /** Whether it follows the mark: then it looks for expired leases, and passes the mark on. */
  readonly isMarked: boolean;
}

/** Writes the requests of one consumer: gives each lease a token of its own, and decides when to look for expired ones. */
export class BatchRequests {
  /** In the name of each lease, and stored with it: no two consumers share it, and it is as short as that allows. */
  readonly consumerId: string = randomBytes(9).toString("base64url");
  readonly #session: BrokerSession;
  readonly #prefix: string;
  readonly #leaseMs: number;
  /** Ends each token. */
  readonly #holder: string;
  #takes = 0;
  /** On the monotonic clock. */
  #nextSweepAt = 0;

  constructor(session: BrokerSession, queue: string, { leaseMs, holder }: ConsumerOptions) {
    this.#session = session;
    this.#prefix = queuePrefix(session, queue);
    this.#leaseMs = leaseMs;
    this.#holder = writeHolder(holder);
  }

  /** The lease counts from now. */
  write({ settlements, max, isMarked }: BatchWish): BatchRequest {
    const { keepFinished, sweepMs, capabilities } = this.#session;
    const token = `${this.consumerId}.${++this.#takes}${this.#holder}`;
    const nowMs = systemClock.monotonic();
    const wanted = Math.max(0, Math.min(max, capabilities.maxReceive));
    const swept = isMarked || (wanted > 0 && this.#isSweepDue(nowMs)) ? sweepMs : 0;
    const how = [this.#prefix, wanted, token, this.#leaseMs, swept, keepFinished];
    return {
      args: [...how, ...settlementArguments(settlements)],
      asked: { settlements: settlements.length, token, leaseUntil: nowMs + this.#leaseMs },
    };
  }

  /** The next turn goes on with a sweep that had more to look at than fits into one. */
  sweepOn(): void {
    this.#nextSweepAt = 0;
  }

  /** Not while the last sweep was not long ago. */
  #isSweepDue(nowMs: number): boolean {
    if (nowMs < this.#nextSweepAt) return false;
    this.#nextSweepAt = nowMs + this.#session.sweepMs;
    return true;
  }
}
