import type { JobResult } from "@jobs/core";
import { escapeText, staysKept } from "@jobs/core/broker";
import { isRefusedValue } from "../connection/postgres-fault.ts";
import type { PostgresLink, Statement } from "../connection/postgres-link.ts";

/** A result that waits to be written. */
interface Put {
  /** As in the table. */
  readonly id: string;
  readonly result: JobResult;
  readonly text: string;
  /** `null`: kept for ever. */
  readonly ttlMs: number | null;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Statements that write at once; later results wait for the next statement. */
const LANES = 2;

/** Limits of one statement, so that it takes some ms: rows, and characters of results. */
const MAX_ROWS = 500;
const MAX_CHARACTERS = 2_000_000;

/** Longer times mean for ever, since they exceed Postgres's own limit. */
const MAX_TTL_MS = 1e13;

/** Writes concurrent results with one statement: a round trip costs more than a row. */
export class JointPuts {
  readonly #link: PostgresLink;
  readonly #statement: Statement;
  readonly #waiting: Put[] = [];
  #lanes = 0;
  #isGathering = false;

  constructor(link: PostgresLink, statement: Statement) {
    this.#link = link;
    this.#statement = statement;
  }

  /** Resolves when Postgres has stored it. @throws as {@link PostgresLink.query} */
  add(result: JobResult, ttlMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        id: escapeText(result.id),
        result,
        text: JSON.stringify(result),
        ttlMs: ttlMs > MAX_TTL_MS ? null : ttlMs,
        resolve,
        reject,
      });
      this.#gather();
    });
  }

  /** All results of this turn of the event loop go into one statement. */
  #gather(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    setImmediate(() => {
      this.#isGathering = false;
      this.#send();
    });
  }

  #send(): void {
    while (this.#lanes < LANES && this.#waiting.length > 0) {
      this.#lanes++;
      void this.#write(takeBatch(this.#waiting)).finally(() => {
        this.#lanes--;
        this.#send();
      });
    }
  }

  async #write(batch: readonly Put[]): Promise<void> {
    try {
      await this.#link.query(this.#statement, columns(onePerId(batch)));
      for (const put of batch) put.resolve();
    } catch (error) {
      if (batch.length > 1 && isRefusedValue(error)) {
        for (const put of batch) await this.#write([put]);
      } else for (const put of batch) put.reject(error);
    }
  }
}

function takeBatch(waiting: Put[]): readonly Put[] {
  let characters = 0;
  let size = 0;
  while (size < Math.min(waiting.length, MAX_ROWS) && (size === 0 || characters < MAX_CHARACTERS)) {
    characters += waiting[size++]?.text.length ?? 0;
  }
  return waiting.splice(0, size);
}

/**
 * Keeps only the last valid result of each id, since a statement may write a row only once. In order of ids, so that
 * two statements with the same ids cannot deadlock.
 */
function onePerId(batch: readonly Put[]): readonly Put[] {
  const kept = new Map<string, Put>();
  for (const put of batch) {
    const before = kept.get(put.id);
    if (before === undefined || !staysKept(before.result, put.result)) kept.set(put.id, put);
  }
  return [...kept.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
}

function columns(puts: readonly Put[]): readonly unknown[] {
  return [
    puts.map(({ id }) => id),
    puts.map(({ result }) => result.status),
    puts.map(({ text }) => text),
    puts.map(({ ttlMs }) => ttlMs),
    puts.map(({ result }) => result.enqueuedAt ?? null),
  ];
}
