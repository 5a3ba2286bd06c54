import { sleep, systemClock } from "@jobs/core/runtime";
import { type BrokerSession, queuePrefix } from "../broker-session.ts";
import { RedisLink } from "../connection/redis-link.ts";
import { defineScript, runScript, type Script } from "../scripts/script.ts";

/** KEYS[1] the marker of one wait, which removes it. A marker that comes too late soon expires. */
const WAKE_CONSUMER = defineScript(`
redis.call('ZADD', KEYS[1], 0, '0')
return redis.call('PEXPIRE', KEYS[1], 1000)
`);

/** The shortest wait, in ms: for Redis, 0 would mean for ever. */
const LEAST_MS = 10;

/** How often the queue is polled without a blocking wait, in ms. */
export const MIN_BLOCK_MS = 250;

/** The consumer that waits. */
export interface WaitOwner {
  readonly consumerId: string;
  /** The identity of the worker, where known. */
  readonly holder: string | undefined;
}

/** A wait for the marker. */
export interface WakeableWait {
  readonly script: Script;
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
  /** The longest wait, in ms. */
  readonly ms: number;
  /** Ends the wait. */
  readonly ended: AbortSignal;
}

/**
 * Waits on a separate connection for the marker that BullMQ's layout sets when there may be work. The next script is
 * written right after the wait. So Redis runs it when the wait ends, without another round trip.
 */
export class BlockingWait {
  readonly #session: BrokerSession;
  readonly #queue: string;
  readonly #marker: string;
  /** A marker only for this wait, which ends it. */
  readonly #ownMarker: string;
  readonly #clientName: string;
  #link: RedisLink;

  constructor(session: BrokerSession, queue: string, { consumerId, holder }: WaitOwner) {
    this.#session = session;
    this.#queue = queue;
    this.#marker = `${queuePrefix(session, queue)}marker`;
    this.#ownMarker = `${queuePrefix(session, queue)}jobs:marker:${consumerId}`;
    this.#clientName = clientName(session, queue, holder);
    this.#link = this.#connect();
  }

  /**
   * Runs the script after the marker, after `ms`, or soon after `ended` aborts. Returns its answer.
   * @throws BrokerUnavailableError without a connection, or without an answer in time.
   */
  async run({ script, keys, args, ms, ended }: WakeableWait): Promise<unknown> {
    const wake = () => this.#wake();
    ended.addEventListener("abort", wake, { once: true });
    try {
      return await this.#link.call({
        queue: this.#queue,
        run: async (client) => {
          let pause: Promise<void> | undefined;
          client.bzpopmin(this.#marker, this.#ownMarker, Math.max(ms, LEAST_MS) / 1_000).catch(() => {
            pause = sleep(systemClock, Math.min(ms, MIN_BLOCK_MS), ended);
          });
          const answer = await runScript(client, script, keys, args);
          // A refused wait means no wait; the script's answer is still used.
          if (pause !== undefined) await pause;
          return answer;
        },
      });
    } finally {
      ended.removeEventListener("abort", wake);
    }
  }

  /**
   * Waits for the marker alone, for `ms` or until soon after `ended` aborts. Returns whether it has taken the marker.
   * If Redis refuses the wait, it pauses.
   */
  async waitForMark(ms: number, ended: AbortSignal): Promise<boolean> {
    const wake = () => this.#wake();
    ended.addEventListener("abort", wake, { once: true });
    try {
      const answer = await this.#link.call({
        queue: this.#queue,
        run: (client) => client.bzpopmin(this.#marker, this.#ownMarker, Math.max(ms, LEAST_MS) / 1_000),
      });
      return answer?.[0] === this.#marker;
    } catch {
      await sleep(systemClock, Math.min(ms, MIN_BLOCK_MS), ended);
      return false;
    } finally {
      ended.removeEventListener("abort", wake);
    }
  }

  /** Drops the connection: a script that Redis has not started is never run. */
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
    this.#session.link.script(WAKE_CONSUMER, target, []).catch(() => {});
  }
}

/** The name of a worker's connection, as BullMQ writes it, so that its `Queue.getWorkers` lists ours. */
function clientName({ prefix }: BrokerSession, queue: string, holder: string | undefined): string {
  const name = `${prefix}:${Buffer.from(queue).toString("base64")}`;
  return holder === undefined ? name : `${name}:w:${encodeURIComponent(holder)}`;
}
