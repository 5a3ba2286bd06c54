import { sleep, systemClock } from "@jobs/core/runtime";
import { type BrokerSession, queuePrefix } from "../broker-session.ts";
import { RedisLink } from "../connection/redis-link.ts";
import { END_WAIT, handedKey } from "../scripts/hand-off.lua.ts";

/** The shortest wait, in ms: for Redis, 0 would mean for ever. */
export const LEAST_MS = 10;

/** How often the queue is polled without a blocking wait, in ms. */
const MIN_BLOCK_MS = 250;

/** The consumer that waits. */
export interface WaitOwner {
  readonly consumerId: string;
  /** The identity of the worker, where known. */
  readonly holder: string | undefined;
  /** Its entry among those that jobs are handed to. Default: none are. */
  readonly entry?: string;
}

/** How a wait has ended: by the marker, by a job for this consumer, by its caller or its time, or it was refused. */
export type WaitEnd =
  | { readonly by: "marker" | "caller" | "time" | "refusal" }
  | { readonly by: "job"; readonly job: string };

/**
 * Waits on a separate connection for the marker that BullMQ's layout sets when there may be work, and for a job that is
 * handed to this consumer.
 */
export class BlockingWait {
  readonly #session: BrokerSession;
  readonly #queue: string;
  readonly #marker: string;
  /** A marker only for this wait, which ends it. */
  readonly #ownMarker: string;
  /** The job that is handed to this consumer. */
  readonly #handed: string;
  /** The entry of this consumer among those that wait. */
  readonly #entry: string;
  readonly #clientName: string;
  #link: RedisLink;

  constructor(session: BrokerSession, queue: string, { consumerId, holder, entry = "" }: WaitOwner) {
    const prefix = queuePrefix(session, queue);
    this.#session = session;
    this.#queue = queue;
    this.#marker = `${prefix}marker`;
    this.#ownMarker = `${prefix}jobs:marker:${consumerId}`;
    this.#handed = `${prefix}${handedKey(consumerId)}`;
    this.#entry = entry;
    this.#clientName = clientName(session, queue, holder);
    this.#link = this.#connect();
  }

  /** Waits for `ms`, or until soon after `ended` aborts. If Redis refuses the wait, it pauses. */
  async wait(ms: number, ended: AbortSignal): Promise<WaitEnd> {
    const wake = () => this.#wake();
    ended.addEventListener("abort", wake, { once: true });
    try {
      const seconds = Math.max(ms, LEAST_MS) / 1_000;
      const answer = await this.#link.call({
        queue: this.#queue,
        run: (client) => client.bzpopmin(this.#handed, this.#marker, this.#ownMarker, seconds),
      });
      return this.#endOf(answer);
    } catch {
      await sleep(systemClock, Math.min(ms, MIN_BLOCK_MS), ended);
      return { by: "refusal" };
    } finally {
      ended.removeEventListener("abort", wake);
    }
  }

  #endOf(answer: readonly string[] | null): WaitEnd {
    if (answer === null) return { by: "time" };
    const [key, member = ""] = answer;
    if (key === this.#handed) return { by: "job", job: member };
    return { by: key === this.#marker ? "marker" : "caller" };
  }

  /** Drops the connection, and the wait with it. */
  reset(): void {
    this.#link.close();
    this.#link = this.#connect();
  }

  close(): void {
    this.#link.close();
  }

  #connect(): RedisLink {
    const use = { clientName: this.#clientName, waitsForServer: true };
    return new RedisLink(this.#session.connection, use);
  }

  #wake(): void {
    const target = { name: this.#queue, keys: [this.#ownMarker] };
    const args = [queuePrefix(this.#session, this.#queue), this.#entry];
    this.#session.link.script(END_WAIT, target, args).catch(() => {});
  }
}

/** The name of a worker's connection, as BullMQ writes it, so that its `Queue.getWorkers` lists ours. */
function clientName({ prefix }: BrokerSession, queue: string, holder: string | undefined): string {
  const name = `${prefix}:${Buffer.from(queue).toString("base64")}`;
  return holder === undefined ? name : `${name}:w:${encodeURIComponent(holder)}`;
}
