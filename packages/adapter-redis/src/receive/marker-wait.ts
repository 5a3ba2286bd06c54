import { sleep, systemClock } from "@jobs/core";
import { type BrokerSession, queuePrefix } from "../broker-session.ts";
import { RedisLink } from "../connection/redis-link.ts";

/** The shortest wait that Redis takes for one: 0 would be for ever. */
const LEAST_MS = 10;

/** Without a connection to wait on, the queue is looked at so often, in ms. */
const BLIND_MS = 250;

/** Waits on a connection of its own for the mark that BullMQ's layout sets when there may be work. It takes marks, never messages. */
export class MarkerWait {
  readonly #link: RedisLink;
  readonly #queue: string;
  readonly #marker: string;
  /** A wait that was left before its end goes on in Redis; the next one joins it. */
  #pending: Promise<void> | undefined;

  constructor(session: BrokerSession, queue: string) {
    this.#link = new RedisLink(session.connection);
    this.#queue = queue;
    this.#marker = `${queuePrefix(session, queue)}marker`;
  }

  /** Resolves when there may be work, when `ms` have passed, or when `ended` aborts. Never rejects. */
  async rest(ms: number, ended: AbortSignal): Promise<void> {
    if (ended.aborted) return;
    this.#pending ??= this.#wait(Math.max(ms, LEAST_MS)).finally(() => {
      this.#pending = undefined;
    });
    const isDone = new AbortController();
    const stop = AbortSignal.any([ended, isDone.signal]);
    await Promise.race([this.#pending, sleep(systemClock, ms, stop)]);
    isDone.abort();
  }

  close(): void {
    this.#link.close();
  }

  async #wait(ms: number): Promise<void> {
    try {
      await this.#link.call({
        queue: this.#queue,
        run: (client) => client.bzpopmin(this.#marker, ms / 1000),
      });
    } catch {
      await sleep(systemClock, Math.min(ms, BLIND_MS));
    }
  }
}
