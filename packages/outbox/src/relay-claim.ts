import { randomUUID } from "node:crypto";
import type { Broker } from "@jobs/core/broker";
import { keepAliveClock } from "@jobs/core/runtime";

/** The entries of relays in the coordination store of a store. */
const RELAYS = "relays";

/** A claim is renewed after this part of its time. */
const RENEW_SHARE = 1 / 9;

/** After this part of its time a claim may be somebody else's. */
const SAFE_SHARE = 0.9;

/** Which relay works on a queue: one at a time. A store without coordination has no second process. */
export class RelayClaim {
  readonly #store: Pick<Broker, "coordination">;
  readonly #queue: string;
  readonly #takeoverMs: number;
  readonly #identity = randomUUID();
  #isHeld = false;
  #claimedAt = Number.NEGATIVE_INFINITY;

  constructor(store: Pick<Broker, "coordination">, queue: string, takeoverMs: number) {
    this.#store = store;
    this.#queue = queue;
    this.#takeoverMs = takeoverMs;
  }

  /** How often it is renewed, in ms. */
  get renewMs(): number {
    return this.#takeoverMs * RENEW_SHARE;
  }

  /** Whether no other relay works on the queue. It claims the queue, or renews its claim before that is old. */
  async hold(): Promise<boolean> {
    const now = keepAliveClock.monotonic();
    if (this.#isHeld && now - this.#claimedAt < this.renewMs) return true;
    this.#isHeld = false;
    const claim = { set: RELAYS, name: this.#queue, value: this.#identity };
    const owner = await this.#store.coordination?.claim(claim, this.#takeoverMs);
    this.#isHeld = owner === undefined || owner === this.#identity;
    this.#claimedAt = now;
    return this.#isHeld;
  }

  /** Lets another relay work at once. Never throws: without it the other one waits until the claim ends. */
  async release(): Promise<void> {
    const age = keepAliveClock.monotonic() - this.#claimedAt;
    if (!this.#isHeld || age > this.#takeoverMs * SAFE_SHARE) return;
    this.#isHeld = false;
    await this.#store.coordination?.remove(RELAYS, this.#queue).catch(() => undefined);
  }
}

/** Whether a relay works on a queue of a store; `undefined` where the store cannot know. */
export async function hasRelay(
  { coordination }: Pick<Broker, "coordination">,
  queue: string,
): Promise<boolean | undefined> {
  const relays = await coordination?.list(RELAYS);
  return relays?.some(({ name }) => name === queue);
}
