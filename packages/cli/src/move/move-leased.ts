import type { BrokerConsumer, Delivery, StoredMessage } from "@jobs/core/broker";
import { fromLeased, fromStored, type MovableJob } from "./movable-job.ts";
import type { QueueMove } from "./queue-move.ts";

/** The receives at the same time. SQS answers each with at most ten jobs. */
const PARALLEL_RECEIVES = 5;

/** How long an empty receive waits, and how many in a row mean that nothing is ready. A broker may ask only some of its servers. */
const WAIT_MS = 1_000;
const EMPTY_RECEIVES = 2;

/** Moves what can only be received: each job is leased, sent, and then acked. */
export async function moveLeased(move: QueueMove, consumer: BrokerConsumer): Promise<void> {
  const kept = new Kept(consumer);
  const done: MovableJob[] = [];
  try {
    do {
      move.beginPass();
      if (await hasLetters(move)) await takeDead(move, done);
      for (let empty = 0; empty < EMPTY_RECEIVES && !move.isStopped; ) {
        const deliveries = await receive(consumer, move.pageSize);
        empty = deliveries.length === 0 ? empty + 1 : 0;
        const leased = deliveries.map((delivery) => ({ delivery, job: fromLeased(delivery) }));
        const arrived = new Set(await move.send(leased.map(({ job }) => job)));
        done.push(
          ...(await ack(
            move,
            consumer,
            leased.filter(({ job }) => arrived.has(job)),
          )),
        );
        kept.keep(leased.flatMap(({ job, delivery }) => (arrived.has(job) ? [] : [delivery])));
      }
    } while (!move.isStopped && (await move.goesOn()));
  } finally {
    await kept.release();
  }
  // A broker may deliver a job once more that was acked, so until here the journal knew it.
  move.journal.gone(done.map(({ key }) => key));
  await move.forgetGone();
}

/** A look at the dead letters takes a second on SQS, even if there are none. */
async function hasLetters({ source }: QueueMove): Promise<boolean> {
  return source.takeDead !== undefined && (await source.stats()).dead.n !== 0;
}

async function takeDead(move: QueueMove, done: MovableJob[]): Promise<void> {
  await move.source.takeDead?.(async (part: readonly StoredMessage[]) => {
    if (move.isStopped) return new Set();
    const jobs = part.map(fromStored);
    const arrived = new Set(await move.send(jobs));
    const gone = jobs.filter((job) => arrived.has(job));
    move.count(gone);
    done.push(...gone);
    return new Set(
      part.filter((_, index) => arrived.has(jobs[index] as MovableJob)).map(({ messageId }) => messageId),
    );
  });
}

/** Several receives at once, up to about `most` jobs. Only one of them waits. */
async function receive(consumer: BrokerConsumer, most: number): Promise<readonly Delivery[]> {
  const { signal } = new AbortController();
  const max = Math.min(most, consumer.capabilities.maxReceive);
  const count = Math.max(1, Math.min(PARALLEL_RECEIVES, Math.floor(most / max)));
  const answers = await Promise.all(
    Array.from({ length: count }, () => consumer.receive({ max, waitMs: 0, signal })),
  );
  const received = answers.flat();
  return received.length > 0 ? received : consumer.receive({ max, waitMs: WAIT_MS, signal });
}

/** Acks what has arrived. An ack that failed leaves the job at the source, and the journal knows that it was sent. */
async function ack(
  move: QueueMove,
  consumer: BrokerConsumer,
  leased: readonly { readonly delivery: Delivery; readonly job: MovableJob }[],
): Promise<readonly MovableJob[]> {
  if (leased.length === 0) return [];
  const results = await consumer.settle(leased.map(({ delivery }) => ({ delivery, action: "ack" })));
  const acked = leased.filter((_, index) => results[index]?.status !== "failed").map(({ job }) => job);
  move.count(acked);
  return acked;
}

/** Leases of jobs that stay. They are released at the end: released at once, they would be received again and again. */
class Kept {
  readonly #consumer: BrokerConsumer;
  #deliveries: Delivery[] = [];

  constructor(consumer: BrokerConsumer) {
    this.#consumer = consumer;
  }

  keep(deliveries: readonly Delivery[]): void {
    this.#deliveries.push(...deliveries);
  }

  async release(): Promise<void> {
    const deliveries = this.#deliveries;
    this.#deliveries = [];
    if (deliveries.length > 0)
      await this.#consumer.settle(deliveries.map((delivery) => ({ delivery, action: "release" })));
  }
}
