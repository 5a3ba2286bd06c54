import {
  type BrokerQueue,
  CALL_TIMEOUT_MS,
  type Capabilities,
  type Count,
  type OutgoingMessage,
  type PeekOptions,
  type PeekPage,
  type QueueStats,
  type RedriveOptions,
  type RemoveResult,
  type RestoredMessage,
  type ScanOptions,
  type ScanPage,
  type SendResult,
  type TimedCall,
} from "@jobs/core/broker";
import { type BrokerSession, queuePrefix } from "../broker-session.ts";
import { PAUSE } from "../scripts/pause.lua.ts";
import { PEEK, SCAN } from "../scripts/peek.lua.ts";
import { PURGE } from "../scripts/purge.lua.ts";
import { CHOSEN_FIELDS, REDRIVE } from "../scripts/redrive.lua.ts";
import { REMOVE } from "../scripts/remove.lua.ts";
import { RESTORE } from "../scripts/restore.lua.ts";
import type { Script } from "../scripts/script.ts";
import { SEND } from "../scripts/send.lua.ts";
import { DUPLICATE, NOT_DONE, SEND_ONE } from "../scripts/send-one.lua.ts";
import { STATS, SWEEP_STEP } from "../scripts/stats.lua.ts";
import { assertRunnable } from "./check-keys.ts";
import { toStoredId } from "./message-key.ts";
import { type PeekedMessage, peekArguments, peekPage, scanPage } from "./peek-messages.ts";
import {
  loneArguments,
  MAX_MESSAGES,
  MAX_UNITS,
  redrivenBody,
  restoreArguments,
  sendArguments,
  sendInParts,
  sendResults,
} from "./send-messages.ts";

/** The most messages that one script moves or removes, so that other commands do not wait long. */
const STEP = 500;

/** A queue on Redis, opened for sending and administration. */
export class RedisQueue implements BrokerQueue {
  readonly name: string;
  readonly capabilities: Capabilities;
  readonly fullBatch = MAX_MESSAGES;
  readonly #session: BrokerSession;

  constructor(session: BrokerSession, name: string) {
    this.name = name;
    this.capabilities = session.capabilities;
    this.#session = session;
  }

  send(messages: readonly OutgoingMessage[], { timeoutMs }: TimedCall): Promise<readonly SendResult[]> {
    const alone = loneArguments(messages);
    return alone === undefined
      ? this.#sendParts(messages, timeoutMs)
      : this.#sendAlone(messages, alone, timeoutMs);
  }

  async #sendAlone(
    messages: readonly OutgoingMessage[],
    args: readonly string[],
    timeoutMs: number,
  ): Promise<readonly SendResult[]> {
    const answer = await this.#runWithin(timeoutMs, SEND_ONE, args);
    if (answer === NOT_DONE) return this.#sendParts(messages, timeoutMs);
    if (typeof answer === "string") assertRunnable(answer, this.name);
    return sendResults(messages, answer === DUPLICATE ? [1] : []);
  }

  #sendParts(messages: readonly OutgoingMessage[], timeoutMs: number): Promise<readonly SendResult[]> {
    return sendInParts(messages, async (part) =>
      this.#stored(part, await this.#runWithin(timeoutMs, SEND, sendArguments(part))),
    );
  }

  restore(messages: readonly RestoredMessage[], { timeoutMs }: TimedCall): Promise<readonly SendResult[]> {
    return sendInParts(messages, async (part) =>
      this.#stored(part, await this.#runWithin(timeoutMs, RESTORE, restoreArguments(part))),
    );
  }

  /** @throws ConfigError on a queue of another major version of BullMQ */
  #stored(part: readonly OutgoingMessage[], answer: unknown): readonly SendResult[] {
    if (typeof answer === "string") assertRunnable(answer, this.name);
    return sendResults(part, answer as readonly number[]);
  }

  async stats(): Promise<QueueStats> {
    await this.#sweep();
    const answer = (await this.#run(STATS)) as readonly number[];
    const [ready = 0, delayed = 0, leased = 0, dead = 0, isPaused = 0, oldestReadyMs = -1, entered = 0] =
      answer;
    return {
      ready: exactly(ready),
      delayed: exactly(delayed),
      leased: exactly(leased),
      dead: exactly(dead),
      entered: { n: Math.max(0, entered), exact: entered >= 0 },
      oldestReadyMs: oldestReadyMs < 0 ? null : oldestReadyMs,
      isPaused: isPaused === 1,
    };
  }

  async peek(options: PeekOptions): Promise<PeekPage> {
    await this.#sweep();
    const answer = await this.#run(PEEK, ...peekArguments(options));
    return peekPage(answer as readonly PeekedMessage[], options);
  }

  async scan(options: ScanOptions): Promise<ScanPage> {
    if (options.cursor === undefined) await this.#sweep();
    const answer = await this.#run(SCAN, ...peekArguments(options));
    return scanPage(answer as readonly [number, ...string[]], options);
  }

  async remove(ids: readonly string[]): Promise<readonly RemoveResult[]> {
    await this.#sweep();
    const results: RemoveResult[] = [];
    while (results.length < ids.length) {
      const part = ids.slice(results.length, results.length + STEP);
      const answers = (await this.#run(REMOVE, ...part.map(toStoredId))) as readonly number[];
      if (answers.length === 0) throw new Error("redis: the answer to a removal names no message");
      answers.forEach((answer, index) => {
        results.push({ id: part[index] ?? "", status: removal(answer) });
      });
    }
    return results;
  }

  async pause(): Promise<void> {
    await this.#run(PAUSE, 1);
  }

  async resume(): Promise<void> {
    while ((await this.#run(PAUSE, 0)) !== 0);
  }

  async purge(): Promise<void> {
    await this.#sweep();
    while ((await this.#run(PURGE, STEP)) !== 0);
  }

  async redrive({ limit, ids, bodies, to = this.name }: RedriveOptions): Promise<{ readonly moved: number }> {
    const target = queuePrefix(this.#session, to);
    const steps = ids === undefined ? undefined : redriveParts(ids, bodies);
    let [moved, kept] = [0, 0];
    while (moved < limit) {
      const chosen = steps?.next();
      if (chosen?.done) break;
      const named = chosen === undefined ? [0] : [1, ...chosen.value];
      const wanted = Math.min(limit - moved, STEP);
      const [more, stay] = (await this.#run(REDRIVE, target, wanted, kept, ...named)) as [number, number];
      moved += more;
      kept += stay;
      if (chosen === undefined && more + stay < wanted) break;
    }
    return { moved };
  }

  /** Makes messages with expired leases ready, in steps so that other commands do not wait long. */
  async #sweep(): Promise<void> {
    let from = 0;
    do from = (await this.#run(SWEEP_STEP, from)) as number;
    while (from >= 0);
  }

  #run(script: Script, ...args: readonly (string | number)[]): Promise<unknown> {
    return this.#runWithin(CALL_TIMEOUT_MS, script, args);
  }

  #runWithin(timeoutMs: number, script: Script, args: readonly (string | number)[]): Promise<unknown> {
    const { link } = this.#session;
    const prefix = queuePrefix(this.#session, this.name);
    const target = { name: this.name, keys: [`${prefix}meta`], withinMs: link.leftOf(timeoutMs) };
    return link.script(script, target, [prefix, ...args]);
  }
}

function exactly(n: number): Count {
  return { n, exact: true };
}

function removal(answer: number): RemoveResult["status"] {
  if (answer === 1) return "removed";
  return answer === -1 ? "leased" : "not_found";
}

/** Ids with their new bodies, as arguments of the script. */
function* redriveParts(
  ids: readonly string[],
  bodies: ReadonlyMap<string, string> = new Map(),
): Generator<readonly string[]> {
  let part: string[] = [];
  let units = 0;
  for (const id of ids) {
    const body = bodies.get(id);
    const added = body?.length ?? 0;
    if (part.length === CHOSEN_FIELDS * STEP || (part.length > 0 && units + added > MAX_UNITS)) {
      yield part;
      part = [];
      units = 0;
    }
    part.push(toStoredId(id), ...redrivenBody(id, body));
    units += added;
  }
  if (part.length > 0) yield part;
}
