import type {
  BrokerQueue,
  CallOptions,
  Capabilities,
  OutgoingMessage,
  PeekOptions,
  PeekPage,
  QueueStats,
  RedriveOptions,
  RemoveResult,
  SendResult,
} from "@jobs/core/broker";
import type { BrokerSession } from "../broker-session.ts";
import type { WriteOptions } from "../storage/sqlite-file.ts";
import { peekMessages } from "./peek-messages.ts";
import { bringAllUpToDate, type Present } from "./promote-due.ts";
import { ensureQueue, type QueueChange, withQueueCounters } from "./queue-counters.ts";
import { queueStats } from "./queue-stats.ts";
import { redriveStep } from "./redrive-dead.ts";
import { purgeStep, removeMessages } from "./remove-messages.ts";
import { sendMessages } from "./send-messages.ts";

const SET_PAUSED = "UPDATE queues SET is_paused = ? WHERE id = ?";

/** A queue of a file, opened for sending and administration. */
export class SqliteQueue implements BrokerQueue {
  readonly name: string;
  readonly capabilities: Capabilities;
  readonly #session: BrokerSession;

  constructor(session: BrokerSession, name: string) {
    this.name = name;
    this.capabilities = session.capabilities;
    this.#session = session;
  }

  async send(messages: readonly OutgoingMessage[], options?: CallOptions): Promise<readonly SendResult[]> {
    const { clock, file } = this.#session;
    const results = await file.write((sql) => sendMessages(sql, this.name, messages, clock.now()), {
      ...options,
      isNewWork: true,
    });
    file.wakeUps.notify(this.name);
    return results;
  }

  async stats(): Promise<QueueStats> {
    return this.#session.file.read((sql) => queueStats(sql, this.name, this.#present()));
  }

  async peek(options: PeekOptions): Promise<PeekPage> {
    await this.#promoteDue();
    return this.#session.file.read((sql) => peekMessages(sql, this.name, options));
  }

  async remove(ids: readonly string[]): Promise<readonly RemoveResult[]> {
    await this.#promoteDue();
    return this.#change((change) => removeMessages(change, ids), { needsFile: true });
  }

  async pause(): Promise<void> {
    await this.#change(({ sql, queue }) => sql.run(SET_PAUSED, 1, queue.id));
  }

  async resume(): Promise<void> {
    await this.#change(({ sql, queue }) => sql.run(SET_PAUSED, 0, queue.id));
    this.#session.file.wakeUps.notify(this.name);
  }

  async purge(): Promise<void> {
    await this.#promoteDue();
    await this.#inSteps(() => this.#change(purgeStep, { needsFile: true }));
  }

  async redrive({ limit, ids, to = this.name }: RedriveOptions): Promise<{ readonly moved: number }> {
    const redrive = { from: this.name, to, ids, nowAt: this.#present().nowAt };
    let after = 0;
    let moved = 0;
    await this.#inSteps(async () => {
      const step = await this.#session.file.write((sql) => redriveStep(sql, redrive, after, limit - moved), {
        needsFile: true,
      });
      moved += step.moved;
      after = step.last ?? after;
      return step.last === undefined || moved === limit;
    });
    this.#session.file.wakeUps.notify(redrive.to);
    return { moved };
  }

  /** Makes due messages ready in the file, so that they have their real state. */
  #promoteDue(): Promise<void> {
    return this.#inSteps(() =>
      this.#change((change) => bringAllUpToDate(change, this.#present()), { needsFile: true }),
    );
  }

  #change<T>(change: (change: QueueChange) => T, options: WriteOptions = {}): Promise<T> {
    return this.#session.file.write(
      (sql) => withQueueCounters(sql, ensureQueue(sql, this.name), change),
      options,
    );
  }

  /** Repeats `step` until it resolves with `true`; the event loop runs in between. */
  async #inSteps(step: () => Promise<boolean>): Promise<void> {
    while (!(await step())) await new Promise<void>((resolve) => this.#session.clock.defer(resolve));
  }

  #present(): Present {
    return this.#session.leaseClock.present();
  }
}
