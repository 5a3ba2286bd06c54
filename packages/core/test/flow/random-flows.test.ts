import { createMemoryStorage, memory, memoryResults } from "@jobs/adapter-memory";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { CoordinationStore, JsonValue, ResultStore } from "../../src/entries/broker.ts";
import { seededRandom } from "../../src/entries/testing.ts";
import { chain, createApp, defineTask, FatalError, type Flow, group, handle, step } from "../../src/index.ts";
import { sleep } from "../../src/runtime/clock.ts";
import { createVirtualClock, type VirtualClock } from "../../src/runtime/virtual-clock.ts";
import { recordingLogger } from "../rig.ts";
import { notingBroker } from "./noting-broker.ts";

const work = defineTask("work", { name: "string", from: "any?" }, { maxAttempts: 3, backoff: () => 20 });

/** What a step does: it takes so long, fails so often, and then succeeds or is a dead letter. */
interface StepPlan {
  readonly kind: "step";
  readonly ms: number;
  readonly failures: number;
  readonly isDeadly: boolean;
}

type Plan = StepPlan | { readonly kind: "chain" | "group"; readonly parts: readonly Plan[] };

const stepPlan = fc.record({
  kind: fc.constant("step" as const),
  ms: fc.nat(4),
  failures: fc.oneof({ arbitrary: fc.constant(0), weight: 4 }, fc.integer({ min: 1, max: 2 })),
  isDeadly: fc.oneof({ arbitrary: fc.constant(false), weight: 12 }, fc.constant(true)),
});

const { plan: plans } = fc.letrec<{ plan: Plan }>((tie) => ({
  plan: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    stepPlan,
    fc.record({
      kind: fc.constantFrom("chain" as const, "group" as const),
      parts: fc.array(tie("plan"), { minLength: 1, maxLength: 3 }),
    }),
  ),
}));

/** Names by position: `r.0.2` is the third part of the first part. */
const partName = (name: string, index: number) => `${name}.${index}`;

/** `isFirst`: nothing is before it, so it takes nothing. */
function flowOf(plan: Plan, name: string, isFirst: boolean): Flow {
  if (plan.kind === "step")
    return isFirst ? step(work, { name }) : step(work, { name }, { takes: { from: "." } });
  const isChain = plan.kind === "chain";
  const parts = plan.parts.map((part, index) =>
    flowOf(part, partName(name, index), isFirst && !(isChain && index > 0)),
  );
  return isChain ? chain(parts) : group(parts);
}

/** What should happen: calls of the handler and taken values, by name; the value of the whole, where nothing died. */
class Oracle {
  readonly calls = new Map<string, number>();
  readonly taken = new Map<string, JsonValue | undefined>();
  readonly plans = new Map<string, StepPlan>();
  readonly end: JsonValue | undefined;
  readonly #isMended: boolean;

  /** `isMended`: no step is deadly. */
  constructor(plan: Plan, isMended = false) {
    this.#isMended = isMended;
    this.end = this.#follow(plan, "r", undefined);
  }

  /** `undefined` where the flow stops. */
  #follow(plan: Plan, name: string, previous: JsonValue | undefined): JsonValue | undefined {
    if (plan.kind === "step") return this.#run(plan, name, previous);
    if (plan.kind === "group") {
      const values = plan.parts.map((part, index) => this.#follow(part, partName(name, index), previous));
      return values.every((value) => value !== undefined) ? values : undefined;
    }
    let value = previous;
    for (const [index, part] of plan.parts.entries()) {
      value = this.#follow(part, partName(name, index), value);
      if (value === undefined) return undefined;
    }
    return value;
  }

  #run(plan: StepPlan, name: string, previous: JsonValue | undefined): JsonValue | undefined {
    this.plans.set(name, plan);
    this.calls.set(name, plan.failures + 1);
    this.taken.set(name, previous);
    return plan.isDeadly && !this.#isMended ? undefined : { name };
  }
}

/** Each call of the coordination store takes a while on its way there and back, so that calls of members interleave. `sets`: where values of groups are. */
function withLatency(store: CoordinationStore, clock: VirtualClock, sets: Set<string>): CoordinationStore {
  const random = seededRandom(1);
  const late = async <Answer>(call: () => Promise<Answer>): Promise<Answer> => {
    await sleep(clock, Math.floor(random() * 4));
    const answer = await call();
    await sleep(clock, Math.floor(random() * 4));
    return answer;
  };
  return {
    put(mark, ttlMs) {
      if (mark.set.includes("group/") && !mark.set.endsWith("/sender")) sets.add(mark.set);
      return late(() => store.put(mark, ttlMs));
    },
    claim: (mark, ttlMs) => late(() => store.claim(mark, ttlMs)),
    list: (set) => late(() => store.list(set)),
    count: (set) => late(() => store.count(set)),
    remove: (set, name) => late(() => store.remove(set, name)),
  };
}

/** An app whose handlers follow the plans of an oracle and note what they do. */
function createWorld(oracle: Oracle) {
  const clock = createVirtualClock();
  const calls = new Map<string, number>();
  const taken = new Map<string, JsonValue | undefined>();
  const sent: string[] = [];
  const groups = new Set<string>();
  const state = { isMended: false };
  const kept = memoryResults({ clock });
  const results: ResultStore = {
    kind: "test",
    reach: kept.reach,
    coordination: withLatency(kept.coordination, clock, groups),
    put: (result, ttlMs) => kept.put(result, ttlMs),
    get: (id) => kept.get(id),
    prune: () => kept.prune(),
    close: () => kept.close(),
  };
  const app = createApp({
    broker: notingBroker(memory({ storage: createMemoryStorage({ clock }) }), ({ id }) => sent.push(id)),
    results,
    tasks: [work],
    runtime: { clock, random: seededRandom(1), logger: recordingLogger([]) },
    handlers: [
      handle(work, async ({ name, from }) => {
        const count = (calls.get(name) ?? 0) + 1;
        calls.set(name, count);
        taken.set(name, from);
        const own = oracle.plans.get(name);
        if (own === undefined) throw new FatalError(`${name} must not run`);
        await sleep(clock, own.ms);
        if (count <= own.failures) throw new Error("fails for now");
        if (own.isDeadly && !state.isMended) throw new FatalError("dies");
        return { name };
      }),
    ],
  });
  const drain = async (concurrency: number) => {
    const report = app.worker({ concurrency, ownsProcess: false, until: { type: "drained" } }).run();
    await clock.advance(60_000);
    await report;
  };
  const valuesLeft = async () => {
    const counts = await Promise.all([...groups].map((set) => kept.coordination.count(set)));
    return counts.filter((count) => count > 0).length;
  };
  return { app, results, calls, taken, sent, state, drain, valuesLeft };
}

/** Runs a flow until what can be done is done. Then its dead letters are put back, and the rest is done. */
async function play(plan: Plan, concurrency: number): Promise<void> {
  const [first, whole] = [new Oracle(plan), new Oracle(plan, true)];
  const { app, results, calls, taken, sent, state, drain, valuesLeft } = createWorld(whole);
  await using _ = app;
  const { stepIds, lastId } = await app.start(flowOf(plan, "r", true));
  await drain(concurrency);
  expect(calls).toEqual(first.calls);
  expect(taken).toEqual(first.taken);
  expect(sent).toHaveLength(first.calls.size);
  await assertTold(results, { stepIds, lastId, end: first.end });

  state.isMended = true;
  const dead = [...first.plans].filter(([, { isDeadly }]) => isDeadly).map(([name]) => name);
  const { moved } = await (await app.queue("default")).redrive({ limit: 1_000 });
  expect(moved).toBe(dead.length);
  await drain(concurrency);
  const again = new Map(dead.map((name) => [name, (first.calls.get(name) ?? 0) + 1]));
  expect(calls).toEqual(new Map([...whole.calls, ...again]));
  expect(taken).toEqual(whole.taken);
  expect(sent).toHaveLength(whole.calls.size);
  expect(new Set(sent).size).toBe(sent.length);
  expect(await valuesLeft()).toBe(0);
  await assertTold(results, { stepIds, lastId, end: whole.end });
}

/** Who waits for any step of the flow learns how it ended. */
async function assertTold(
  results: ResultStore,
  {
    stepIds,
    lastId,
    end,
  }: { readonly stepIds: readonly string[]; readonly lastId: string; readonly end: JsonValue | undefined },
): Promise<void> {
  const kept = await Promise.all(stepIds.map((id) => results.get(id)));
  const statuses = kept.map((result) => result?.status);
  const stoppedAt = statuses.indexOf("dead");
  const expected = stepIds.map((_, index) => (stoppedAt === -1 || index < stoppedAt ? "succeeded" : "dead"));
  expect(statuses).toEqual(expected);
  expect(stoppedAt === -1).toBe(end !== undefined);
  if (end !== undefined) expect((await results.get(lastId))?.value).toEqual(end);
}

const RUNS = Number(process.env.JOBS_MODEL_RUNS ?? 200);
const SEED = Number(process.env.JOBS_MODEL_SEED ?? 1);

test("random flows: each step is sent and run once, in order, and whoever waits learns the end [F10]", async () => {
  const property = fc.asyncProperty(plans, fc.integer({ min: 1, max: 5 }), (plan, concurrency) =>
    play(plan, concurrency),
  );
  await fc.assert(property, { numRuns: RUNS, seed: SEED });
}, 600_000);
