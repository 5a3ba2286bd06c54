import { ConfigError } from "@jobs/core";
import {
  type BrokerQueue,
  CALL_TIMEOUT_MS,
  type Capabilities,
  type OutgoingMessage,
  type PeekOptions,
  type PeekPage,
  type QueueStats,
  type RedriveOptions,
  type RemoveResult,
  type SendResult,
  type TimedCall,
} from "@jobs/core/broker";
import { queuePrefix } from "../broker-session.ts";
import type { RedisClient } from "../connection/connection-options.ts";
import { toStoredId } from "../queue/message-key.ts";
import { MAX_MESSAGES, sendInParts } from "../queue/send-messages.ts";
import type { BullmqBackend } from "./bullmq-classes.ts";
import { type BullmqSession, refusalCode } from "./bullmq-queues.ts";
import { countStates } from "./count-states.ts";
import { peekStates } from "./peek-states.ts";
import { moveDeadLetters } from "./redrive-jobs.ts";
import { type MessageTarget, storeMessages } from "./store-messages.ts";

/** How many jobs are removed or moved in one call, so that no call takes long. */
const STEP = 100;

/** BullMQ's refusal to remove the next run of a job scheduler. */
const BELONGS_TO_SCHEDULER = -8;

/** Sends to a queue, and administers it, by BullMQ's own scripts. */
export class BullmqQueue implements BrokerQueue {
  readonly name: string;
  readonly capabilities: Capabilities;
  readonly fullBatch = MAX_MESSAGES;
  readonly #session: BullmqSession;

  constructor(session: BullmqSession, name: string) {
    this.name = name;
    this.capabilities = session.capabilities;
    this.#session = session;
  }

  /** Each part is one transaction, see {@link sendInParts}. */
  send(messages: readonly OutgoingMessage[], { timeoutMs }: TimedCall): Promise<readonly SendResult[]> {
    return sendInParts(messages, (part) =>
      this.#call((backend) => storeMessages({ ...this.#targetOf(this.name), backend }, part), timeoutMs),
    );
  }

  stats(): Promise<QueueStats> {
    return this.#call((_, client) => countStates(client, this.#prefix));
  }

  peek(options: PeekOptions): Promise<PeekPage> {
    const { form } = this.#targetOf(this.name);
    return this.#call((_, client) => peekStates({ client, prefix: this.#prefix, form }, options));
  }

  async remove(ids: readonly string[]): Promise<readonly RemoveResult[]> {
    const results: RemoveResult[] = [];
    for (let from = 0; from < ids.length; from += STEP) {
      const part = ids.slice(from, from + STEP);
      const answers = await this.#call((backend, client) =>
        Promise.all(part.map((id) => this.#removeOne(backend, client, id))),
      );
      results.push(...answers);
    }
    return results;
  }

  async pause(): Promise<void> {
    await this.#call((backend) => backend.pause(true));
  }

  async resume(): Promise<void> {
    await this.#call((backend) => backend.pause(false));
  }

  async purge(): Promise<void> {
    await this.#call((backend) => backend.drain(true));
  }

  async redrive({ limit, ids, bodies, to = this.name }: RedriveOptions): Promise<{ readonly moved: number }> {
    const chosen = ids?.map(toStoredId);
    const bodyOf = (id: string) => bodies?.get(id);
    let [moved, kept] = [0, 0];
    while (moved < limit) {
      const wanted = Math.min(limit - moved, STEP);
      const skipped = kept;
      const step = await this.#call((source, client) => {
        const { queues } = this.#session;
        const target =
          to === this.name ? undefined : { ...this.#targetOf(to), backend: queues.backend(client, to) };
        const createJob = (id: string) => queues.job(client, this.name, id);
        const { form } = this.#targetOf(this.name);
        const jobs = { client, source, form, createJob, bodyOf };
        return moveDeadLetters({ ...jobs, target, limit: wanted, skipped, chosen });
      });
      moved += step.moved;
      kept += step.kept;
      if (step.moved + step.kept < wanted) break;
    }
    return { moved };
  }

  /** Where the messages of a queue are stored. A redrive names another queue. */
  #targetOf(queue: string): Omit<MessageTarget, "backend"> {
    const { link, formOf } = this.#session;
    return { queue, link, form: formOf(queue) };
  }

  get #prefix(): string {
    return queuePrefix(this.#session, this.name);
  }

  #call<T>(
    run: (backend: BullmqBackend, client: RedisClient) => Promise<T>,
    timeoutMs: number = CALL_TIMEOUT_MS,
  ): Promise<T> {
    const { link, queues } = this.#session;
    return link.call({
      queue: this.name,
      withinMs: link.leftOf(timeoutMs),
      run: (client) => run(queues.backend(client, this.name), client),
    });
  }

  async #removeOne(backend: BullmqBackend, client: RedisClient, id: string): Promise<RemoveResult> {
    const storedId = toStoredId(id);
    if ((await client.exists(backend.toKey(storedId))) === 0) return { id, status: "not_found" };
    try {
      return { id, status: (await backend.remove(storedId, false)) === 1 ? "removed" : "leased" };
    } catch (error) {
      if (refusalCode(error) !== BELONGS_TO_SCHEDULER) throw error;
      throw new ConfigError(`redis queue "${this.name}": the job ${id} is the next run of a job scheduler.`, {
        hint: "Remove its scheduler with BullMQ: queue.removeJobScheduler(id).",
        cause: error,
      });
    }
  }
}
