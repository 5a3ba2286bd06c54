import type { Broker, ValidatedBroker } from "@jobs/core/broker";
import { createSharedAbort, keepAliveClock, sleep, toError } from "@jobs/core/runtime";
import { isAway } from "./broker-circuit.ts";
import { createRelay } from "./create-relay.ts";
import type { Relay, RelayEvent } from "./relay.ts";

/** The first and the longest pause before a relay is started again that has ended with an error, in ms. */
const FIRST_RESTART_MS = 100;
const LONGEST_RESTART_MS = 5_000;

/** What a {@link SpoolRelay} works on, and whom it tells. */
export interface SpoolRelayParts {
  readonly spool: ValidatedBroker;
  readonly queue: string;
  readonly to: Broker;
  onEvent(event: RelayEvent): void;
  /** Jobs cannot be sent, and not because of an outage. Called once until some are sent. */
  onFailed(error: Error): void;
}

/** Sends what a spool holds, for as long as it may hold something. */
export class SpoolRelay {
  readonly #parts: SpoolRelayParts;
  readonly #closing = createSharedAbort();
  #relay: Relay | undefined;
  #working: Promise<void> | undefined;
  /** Whether a job may have been kept since the relay began. It may have seen an empty spool before. */
  #hasNew = false;
  #hasFailed = false;
  #failures = 0;

  constructor(parts: SpoolRelayParts) {
    this.#parts = parts;
  }

  /** Whether the spool may hold jobs. */
  get isAtWork(): boolean {
    return this.#working !== undefined;
  }

  /** The spool holds a job now. */
  start(): void {
    this.#hasNew = true;
    if (!this.#closing.signal.aborted) this.#working ??= this.#work();
  }

  /** Hands back what is not sent. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#relay?.stop();
    await this.#working;
  }

  async #work(): Promise<void> {
    while (this.#hasNew && !this.#closing.signal.aborted) {
      this.#hasNew = false;
      try {
        await this.#runRelay();
      } catch (error) {
        this.#hasNew = true;
        this.#fail(toError(error));
        const pauseMs = Math.min(LONGEST_RESTART_MS, FIRST_RESTART_MS * 2 ** this.#failures++);
        await sleep(keepAliveClock, pauseMs, this.#closing.signal);
      }
    }
    this.#working = undefined;
  }

  async #runRelay(): Promise<void> {
    const { spool, queue, to } = this.#parts;
    const onEvent = (event: RelayEvent) => this.#observe(event);
    this.#relay = createRelay({ from: spool, to, queue, untilEmpty: true, onEvent });
    await this.#relay.run();
  }

  #observe(event: RelayEvent): void {
    if (event.type === "waits" && !isAway(event.error)) this.#fail(event.error);
    if (event.type === "moved" && event.sent > 0) {
      this.#hasFailed = false;
      this.#failures = 0;
    }
    this.#parts.onEvent(event);
  }

  #fail(error: Error): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#parts.onFailed(error);
  }
}
