import { randomBytes } from "node:crypto";
import { type ConsumerOptions, countsAsFailure, type Settlement } from "@jobs/core/broker";
import { systemClock } from "@jobs/core/runtime";
import { type BrokerSession, queuePrefix } from "../broker-session.ts";
import { describeDeath } from "../queue/send-messages.ts";
import { writeWaiting } from "../scripts/hand-off.lua.ts";
import { ACK_FIELDS, SETTLEMENT_FIELDS } from "../scripts/settle.lua.ts";
import { LEAST_MS } from "./blocking-wait.ts";
import { parseReceipt, writeHolder } from "./receipt.ts";
import type { RequestedBatch } from "./receive-batch.ts";

/** The longest time that a job may be handed to a consumer that does not take it, in ms. */
const MAX_GRACE_MS = 1_000;

/** The request of a batch. */
export interface BatchRequest {
  /** Arguments of its script. */
  readonly args: readonly (string | number)[];
  readonly asked: RequestedBatch;
}

/** What a batch should do. */
export interface BatchWish {
  readonly settlements: readonly Settlement[];
  /** The most messages to receive. */
  readonly max: number;
  /** Whether the script follows a wait for the marker. Then it searches expired leases, and sets the marker again. */
  readonly isMarked: boolean;
  /** How long the consumer waits if there is no message, in ms; `undefined` for a call that never waits. */
  readonly waitMs?: number;
}

/** Writes the requests of one consumer. It makes the tokens of leases and decides when to search for expired ones. */
export class BatchRequests {
  /** Part of the token of each lease. It is unique for each consumer, and as short as that allows. */
  readonly consumerId: string = randomBytes(9).toString("base64url");
  /** The entry of this consumer among those that wait for a job. */
  readonly entry: string;
  readonly #session: BrokerSession;
  readonly #prefix: string;
  readonly #leaseMs: number;
  /** The end of each token, with the holder. */
  readonly #holder: string;
  /** The name of the worker, which BullMQ's tools show beside a job; '' for none. */
  readonly #workerName: string;
  #takes = 0;
  /** The end of the lease of a job that is handed to this consumer; 0 while it is not among those that wait. */
  #handedUntil = 0;
  /** On the monotonic clock. */
  #nextSweepAt = 0;

  constructor(session: BrokerSession, queue: string, { leaseMs, holder }: ConsumerOptions) {
    this.#session = session;
    this.#prefix = queuePrefix(session, queue);
    this.#leaseMs = leaseMs;
    this.#holder = writeHolder(holder);
    this.#workerName = holder ?? "";
    this.entry = writeWaiting({
      consumerId: this.consumerId,
      leaseMs,
      graceMs: Math.min(session.sweepMs, MAX_GRACE_MS),
      holder: this.#holder,
      workerName: this.#workerName,
    });
  }

  /** Writes the request of a batch whose lease begins now. */
  write({ settlements, max, isMarked, waitMs }: BatchWish): BatchRequest {
    const { keepFinished, sweepMs, capabilities } = this.#session;
    const token = `${this.consumerId}.${++this.#takes}${this.#holder}`;
    const nowMs = systemClock.monotonic();
    const wanted = Math.max(0, Math.min(max, capabilities.maxReceive));
    const swept = isMarked || (wanted > 0 && this.#isSweepDue(nowMs)) ? sweepMs : 0;
    const leaseUntil = nowMs + this.#leaseMs;
    const handedUntil = this.#handedUntil;
    const waiter = this.#waiter(waitMs, leaseUntil);
    const how = [this.#prefix, wanted, token, this.#leaseMs, swept, keepFinished, this.#workerName, waiter];
    return {
      args: [...how, ...settlementArguments(settlements)],
      asked: { settlements: settlements.length, token, leaseUntil, handedUntil },
    };
  }

  /** Call it when a job was handed to the consumer, which then is not among those that wait. */
  left(): void {
    this.#handedUntil = 0;
  }

  /** Whether the consumer is among those that wait, and how long it is to be. A job handed from now on has this lease. */
  #waiter(waitMs: number | undefined, leaseUntil: number): string {
    if (waitMs === undefined) return "";
    const isWaiting = this.#handedUntil > 0 ? 1 : 0;
    const forMs = waitMs < LEAST_MS ? 0 : Math.ceil(waitMs);
    this.#handedUntil = forMs === 0 ? 0 : leaseUntil;
    return `${isWaiting}${forMs}:${this.entry}`;
  }

  /** Call it when a sweep did not fit into one batch: the next batch continues it. */
  sweepOn(): void {
    this.#nextSweepAt = 0;
  }

  /** Whether the last sweep is long enough ago. */
  #isSweepDue(nowMs: number): boolean {
    if (nowMs < this.#nextSweepAt) return false;
    this.#nextSweepAt = nowMs + this.#session.sweepMs;
    return true;
  }
}

/** Settlements as arguments of the script. Nearly all are acks, which need only two. */
function settlementArguments(settlements: readonly Settlement[]): readonly (string | number)[] {
  const areAcks = settlements.every(isPlainAck);
  const args: (string | number)[] = [areAcks ? ACK_FIELDS : SETTLEMENT_FIELDS];
  for (const settlement of settlements) {
    const { storedId, token } = parseReceipt(settlement.delivery.receipt);
    args.push(storedId, token);
    if (!areAcks) args.push(...describeEnd(settlement));
  }
  return args;
}

/** Whether it is an ack without a value to keep. */
function isPlainAck(settlement: Settlement): boolean {
  return settlement.action === "ack" && settlement.value === undefined;
}

function describeEnd(settlement: Settlement): readonly (string | number)[] {
  const failures = countsAsFailure(settlement) ? 1 : 0;
  switch (settlement.action) {
    case "ack":
      return ["ack", settlement.value ?? "null", "", ""];
    case "release":
      return [settlement.action, "", "", ""];
    case "retry":
      return ["retry", Math.ceil(settlement.delayMs), failures, settlement.reason ?? ""];
    case "dead": {
      return [settlement.reason, failures, ...describeDeath(settlement)];
    }
  }
}
