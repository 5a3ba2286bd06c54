import type {
  BrokerConsumer,
  BrokerQueue,
  Delivery,
  MessageState,
  SettlementAction,
  StoredMessage,
} from "@jobs/core/broker";
import { seededRandom } from "@jobs/core/testing";
import { hasRedis, type RedisServer, startRedisServer } from "@jobs/test-servers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BULLMQ_VERSIONS, type BullmqVersion } from "./bullmq-versions.ts";
import { RedisWorld } from "./redis-world.ts";

const ENGINES = ["jobs", "bullmq"] as const;
const STATES: readonly MessageState[] = ["ready", "delayed", "leased", "dead"];
const STEPS = 60;

/** Never due within a test: what depends on time is held against the model of the kit. */
const LONG_MS = 600_000;
const SWEEP_MS = 20;
const MANY = 100;

/** What one engine has, and the leases that it gave, of which later ones come last. */
interface Side {
  readonly world: RedisWorld;
  readonly leases: Delivery[];
}

/** Chance that is the same for both engines. */
interface Dice {
  below(limit: number): number;
  of<T>(choices: readonly T[]): T;
}

describe.runIf(await hasRedis())("our scripts and BullMQ's own", () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const runs = Number(process.env.JOBS_MODEL_RUNS || 4);
  const seed = Number(process.env.JOBS_MODEL_SEED || 1);

  it.each(BULLMQ_VERSIONS)(
    `answer the same to ${runs} random sequences of steps as $version, seed ${seed} [F10]`,
    async ({ load }) => {
      for (let run = 0; run < runs; run++) {
        const steps: string[] = [];
        try {
          await compareOnce({ url: server.url, load, seed: seed + run }, steps);
        } catch (error) {
          throw new Error(`seed ${seed + run}, after: ${steps.join(" · ")}`, { cause: error });
        }
      }
    },
    // Ends what hangs. A run takes two seconds of the processor, and a busy machine has others to serve.
    20_000 + runs * 30_000,
  );
});

/** What is compared. */
interface Pair extends Pick<BullmqVersion, "load"> {
  readonly url: string;
  readonly seed: number;
}

async function compareOnce({ url, load, seed }: Pair, steps: string[]): Promise<void> {
  await using ours = await RedisWorld.open(url, { engine: ENGINES[0], sweepMs: SWEEP_MS });
  await using theirs = await RedisWorld.open(url, { engine: ENGINES[1], sweepMs: SWEEP_MS, load });
  const sides = [ours, theirs].map((world): Side => ({ world, leases: [] }));
  const run = new Comparison(sides, diceOf(seed));
  for (let step = 0; step < STEPS; step++) {
    steps.push(await run.step());
    await run.compareStored();
  }
  await run.drain();
}

function diceOf(seed: number): Dice {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  return { below, of: (choices) => choices[below(choices.length)]! };
}

/** Does the same on both engines and compares what they answer. */
class Comparison {
  readonly #sides: readonly Side[];
  readonly #dice: Dice;
  /** Ids that were leased before: in their place in line the engines are free. */
  readonly #leasedBefore = new Set<string>();
  #sent = 0;

  constructor(sides: readonly Side[], dice: Dice) {
    this.#sides = sides;
    this.#dice = dice;
  }

  /** Does one step; returns what it was. */
  async step(): Promise<string> {
    const steps = [
      () => this.#send(),
      () => this.#send(),
      () => this.#receive(),
      () => this.#receive(),
      () => this.#settle(),
      () => this.#settle(),
      () => this.#settle(),
      () => this.#extend(),
      () => this.#crash(),
      () => this.#remove(),
      () => this.#redrive(),
      () => this.#administer(),
    ];
    return this.#dice.of(steps)();
  }

  /** Every message of every state, with what is known of it, and the counts. */
  async compareStored(): Promise<void> {
    await this.#same(async ({ world: { queue } }) => {
      const { ready, delayed, leased, dead, isPaused } = await queue.stats();
      return { ready, delayed, leased, dead, isPaused };
    });
    for (const state of STATES) await this.#same(({ world }) => storedIn(world.queue, state));
  }

  /** All that is left can be received and acked, and then both are empty. */
  async drain(): Promise<void> {
    await this.#same(({ world }) => world.queue.resume());
    await this.#same(({ world }) => world.queue.redrive({ limit: MANY }));
    await this.#receive(MANY);
    await this.#same(({ world, leases }) => {
      const settlements = leases.map((delivery) => ({ delivery, action: "ack" as const }));
      return world.consumer.settle(settlements);
    });
    await this.#same(async ({ world }) => (await world.queue.stats()).leased);
  }

  async #send(): Promise<string> {
    const messages = Array.from({ length: 1 + this.#dice.below(3) }, () => {
      const id = this.#dice.below(5) === 0 ? `key-${this.#dice.below(3)}` : `job-${++this.#sent}`;
      return {
        id,
        label: "tell",
        body: JSON.stringify({ id, text: this.#dice.of(["", "ü\u2028", " x "]) }),
        priority: this.#dice.of([0, 0, 1, 9]),
        delayMs: this.#dice.of([0, 0, 0, LONG_MS]),
        maxAttempts: this.#dice.of([1, 5]),
      };
    });
    const sent = await this.#same(({ world }) => world.queue.send(messages));
    // An id is used again after its message is done: that one is new.
    for (const { status, messageId } of sent as { status: string; messageId: string }[])
      if (status === "sent") this.#leasedBefore.delete(messageId);
    return `send ${messages.map(({ id, priority, delayMs }) => `${id}/${priority}/${delayMs}`).join(",")}`;
  }

  async #receive(wanted: number = 1 + this.#dice.below(4)): Promise<string> {
    const ready = await storedIn(this.#sides[0]!.world.queue, "ready");
    const isFresh = (id: string) => !this.#leasedBefore.has(id);
    // Where their order may differ both take all.
    const max = ready.every(({ messageId }) => isFresh(messageId)) ? wanted : MANY;
    const taken = await Promise.all(this.#sides.map(({ world }) => receiveOf(world.consumer, max)));
    const [ours = [], theirs = []] = taken;
    expect(ours.map(known).sort(byId), "deliveries").toEqual(theirs.map(known).sort(byId));
    const order = taken.map((deliveries) => deliveries.map(({ messageId }) => messageId).filter(isFresh));
    expect(order[0], "the order of sending and priority").toEqual(order[1]);
    for (const [index, { leases }] of this.#sides.entries()) leases.push(...taken[index]!.toSorted(byId));
    for (const { messageId } of ours) this.#leasedBefore.add(messageId);
    return `receive ${max}: ${ours.map(({ messageId }) => messageId).join(",")}`;
  }

  async #settle(): Promise<string> {
    const picks = Array.from({ length: 1 + this.#dice.below(3) }, () => this.#dice.below(1_000));
    const actions = picks.map(() =>
      this.#dice.of<SettlementAction>([
        { action: "ack" },
        { action: "release" },
        { action: "retry", delayMs: 0, failed: true, reason: "HTTP 503" },
        { action: "retry", delayMs: 0, failed: false },
        { action: "retry", delayMs: LONG_MS, failed: this.#dice.below(2) === 0, reason: "later" },
        { action: "dead", reason: "fatal", error: { name: "Error", message: "no such user" } },
        { action: "dead", reason: "undecodable" },
      ]),
    );
    if (this.#sides[0]!.leases.length === 0) return "settle nothing";
    await this.#same(({ world, leases }) =>
      world.consumer.settle(
        picks.map((pick, index) => ({ delivery: pickOf(leases, pick), ...actions[index]! })),
      ),
    );
    const { leases } = this.#sides[0]!;
    return `settle ${picks.map((pick, index) => `${pickOf(leases, pick).messageId} ${actions[index]!.action}`).join(",")}`;
  }

  async #extend(): Promise<string> {
    const pick = this.#dice.below(1_000);
    if (this.#sides[0]!.leases.length === 0) return "extend nothing";
    await this.#same(async ({ world, leases }) => {
      const [result] = await world.consumer.extend([pickOf(leases, pick)], LONG_MS);
      return result?.status;
    });
    return "extend";
  }

  /** The worker of a message dies: its lock is gone, and both have to notice. */
  async #crash(): Promise<string> {
    const [leased] = await storedIn(this.#sides[0]!.world.queue, "leased");
    if (leased === undefined) return "crash nothing";
    const { messageId } = leased;
    for (const { world } of this.#sides) await world.client.del(world.key(`${messageId}:lock`));
    for (const { world, leases } of this.#sides) {
      const isBack = async () =>
        (await storedIn(world.queue, "ready")).some((message) => message.messageId === messageId);
      await expect.poll(isBack, { interval: 10 }).toBe(true);
      // What its dead holder would still ask is where the engines differ on purpose.
      for (const [index, lease] of [...leases.entries()].reverse())
        if (lease.messageId === messageId) leases.splice(index, 1);
    }
    return `crash ${messageId}`;
  }

  async #remove(): Promise<string> {
    const id = `job-${1 + this.#dice.below(Math.max(1, this.#sent + 1))}`;
    await this.#same(({ world }) => world.queue.remove([id, "never-sent"]));
    return `remove ${id}`;
  }

  async #redrive(): Promise<string> {
    const dead = await storedIn(this.#sides[0]!.world.queue, "dead");
    const ids = dead.slice(0, 1 + this.#dice.below(3)).map(({ messageId }) => messageId);
    await this.#same(({ world }) => world.queue.redrive({ limit: MANY, ids: [...ids, "never-sent"] }));
    return `redrive ${ids.join(",")}`;
  }

  async #administer(): Promise<string> {
    const call = this.#dice.of(["pause", "resume", "resume", "purge"] as const);
    await this.#same(({ world }) => world.queue[call]());
    return call;
  }

  /** The answer of both, which must be the same. */
  async #same<T>(ask: (side: Side) => Promise<T>): Promise<T> {
    const [ours, theirs] = await Promise.all(this.#sides.map(ask));
    expect(ours).toEqual(theirs);
    return ours as T;
  }
}

/** One of all leases so far, mostly a late one. */
function pickOf(leases: readonly Delivery[], pick: number): Delivery {
  return leases[pick % 4 === 0 ? pick % leases.length : Math.max(0, leases.length - 1 - (pick % 5))]!;
}

function receiveOf(consumer: BrokerConsumer, max: number): Promise<readonly Delivery[]> {
  return consumer.receive({ max, waitMs: 0, signal: AbortSignal.any([]) });
}

/** What both must tell of a delivery. */
function known({ messageId, body, deliveryCount, failureCount, crashCount }: Delivery) {
  return { messageId, body, deliveryCount, failureCount, crashCount };
}

/** What both must tell of the messages of a state, by id. */
async function storedIn(queue: BrokerQueue, state: MessageState): Promise<readonly StoredMessage[]> {
  const { messages } = await queue.peek({ state, limit: MANY });
  return messages
    .map(({ dueAt: _, leaseUntil, dead, lastError, ...message }) => ({
      ...message,
      dueAt: 0,
      // The moment differs by when each was asked.
      hasLeaseUntil: leaseUntil !== undefined,
      // A retry without a reason leaves none, or an empty one.
      lastError: lastError ?? "",
      ...(dead && { dead: { ...dead, at: 0 } }),
    }))
    .sort(byId);
}

function byId(one: { readonly messageId: string }, other: { readonly messageId: string }): number {
  return one.messageId < other.messageId ? -1 : 1;
}
