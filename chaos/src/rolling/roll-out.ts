import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rollingBroker } from "./brokers.ts";
import { MOVED, QUEUE, ROWS, type Row } from "./release.ts";
import { JobLog, ReleaseProcess } from "./release-process.ts";
import type { JobFate, ReleaseNumber } from "./rolling-orders.ts";

/** The size of a rolling deploy. */
export interface RollOutSize {
  readonly broker: string;
  /** Jobs of each row in each step. */
  readonly jobs: number;
  /** See `RollingOrders`. */
  readonly holdMs?: number;
}

/** What became of the jobs of each row, such as `2 held: signature_mismatch`. */
export type RowFates = Readonly<Record<Row, string>>;

/** What was seen. */
export interface RollOutcome {
  readonly sent: number;
  /** Jobs that have not succeeded in the end. */
  readonly lost: readonly string[];
  /** In the order of the table: nothing is held, and nothing is dead. */
  readonly safe: RowFates;
  /** New producers before new workers. */
  readonly newOnOld: RowFates;
  /** Workers without the old form before it is drained. */
  readonly oldOnNew: RowFates;
  /** The same an hour after the last process of the old release has ended. */
  readonly goneOnNew: RowFates;
  /** Messages of dead letters. */
  readonly messages: readonly string[];
}

const HOUR_MS = 3_600_000;

/** Rows whose jobs are in the queue that both releases read. */
const SHARED_ROWS = ROWS.length - 1;

/** Deploys three releases, each a process, in the order of the table, and then in wrong orders. */
export async function rollOut(size: RollOutSize): Promise<RollOutcome> {
  const folder = mkdtempSync(join(tmpdir(), "jobs-rolling-"));
  const { start } = rollingBroker(size.broker);
  try {
    await using server = await start(folder);
    await using deploy = new Deploy({ ...size, address: server.address });
    return await deploy.run();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

class Deploy implements AsyncDisposable {
  readonly #size: RollOutSize & { readonly address: string };
  readonly #log = new JobLog();
  readonly #processes: ReleaseProcess[] = [];
  #batches = 0;

  constructor(size: RollOutSize & { readonly address: string }) {
    this.#size = size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#processes.map((process) => process[Symbol.asyncDispose]()));
  }

  async run(): Promise<RollOutcome> {
    const [first, second, third] = await Promise.all([this.#start(1), this.#start(2), this.#start(3)]);
    const safe = await this.#fatesIn(() => this.#deployInOrder(first, second, third));
    const newOnOld = await this.#meet(third, first);
    await this.#drain(third);
    const oldOnNew = await this.#meet(first, third);
    await this.#drain(first);
    await this.#send(first, HOUR_MS);
    await Promise.all([first.close(), second.close()]);
    await this.#forgetLive();
    const goneOnNew = await this.#fatesIn(() => third.settle(SHARED_ROWS * this.#size.jobs));
    const rolledBack = await this.#start(1);
    await this.#redrive();
    await this.#drain(rolledBack);
    await Promise.all([third.close(), rolledBack.close()]);
    const messages = this.#log.fates.flatMap(({ message }) => message ?? []);
    const { sent, open: lost } = this.#log;
    return { sent: sent.size, lost, safe, newOnOld, oldOnNew, goneOnNew, messages };
  }

  /** The order that is safe for all rows: workers, producers, drained, producers, drained, workers. */
  async #deployInOrder(first: ReleaseProcess, second: ReleaseProcess, third: ReleaseProcess): Promise<void> {
    await first.work();
    await this.#send(first);
    await second.work();
    await this.#send(first);
    await first.stop();
    await Promise.all([this.#send(first), this.#send(second)]);
    await this.#log.drained();
    await Promise.all([this.#send(second), this.#send(third)]);
    await this.#log.drained();
    await third.work();
    await this.#send(third);
    await second.stop();
    await this.#send(third);
    await this.#log.drained();
    await third.stop();
  }

  /** What a worker makes of the jobs of another release: each is delivered to it once. */
  #meet(producer: ReleaseProcess, worker: ReleaseProcess): Promise<RowFates> {
    return this.#fatesIn(async () => {
      await this.#send(producer);
      await worker.settle(SHARED_ROWS * this.#size.jobs);
    });
  }

  /** Runs all jobs by the release that knows them. */
  async #drain(worker: ReleaseProcess): Promise<void> {
    await worker.work();
    await this.#log.drained();
    await worker.stop();
  }

  async #start(release: ReleaseNumber): Promise<ReleaseProcess> {
    const { broker, address, holdMs } = this.#size;
    const orders = { release, broker, address, ...(holdMs === undefined ? {} : { holdMs }) };
    const process = await ReleaseProcess.start(orders, this.#log);
    this.#processes.push(process);
    return process;
  }

  #send(producer: ReleaseProcess, agoMs = 0): Promise<void> {
    return producer.send(`batch${++this.#batches}`, this.#size.jobs, agoMs);
  }

  async #fatesIn(step: () => Promise<void>): Promise<RowFates> {
    const before = this.#log.fates.length;
    await step();
    return fatesOf(this.#log.fates.slice(before));
  }

  /** Announcements of processes that have ended expire. Here the time is up at once. */
  async #forgetLive(): Promise<void> {
    const broker = rollingBroker(this.#size.broker).open(this.#size.address);
    for (const { set, name } of (await broker.coordination?.list("signatures")) ?? [])
      await broker.coordination?.remove(set, name);
    await broker.close();
  }

  async #redrive(): Promise<void> {
    const broker = rollingBroker(this.#size.broker).open(this.#size.address);
    for (const name of [QUEUE, MOVED.from, MOVED.to])
      await (await broker.openQueue(name)).redrive({ limit: 1_000_000 });
    await broker.close();
  }
}

function fatesOf(fates: readonly JobFate[]): RowFates {
  const ofRow = (row: Row) => {
    const counts = new Map<string, number>();
    for (const { row: its, type, reason } of fates) {
      if (its !== row) continue;
      const fate = reason === undefined ? type : `${type}: ${reason}`;
      counts.set(fate, (counts.get(fate) ?? 0) + 1);
    }
    return (
      [...counts]
        .map(([fate, count]) => `${count} ${fate}`)
        .sort()
        .join(", ") || "waits"
    );
  };
  return Object.fromEntries(ROWS.map((row) => [row, ofRow(row)])) as Record<Row, string>;
}
