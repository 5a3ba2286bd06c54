import { type MemoryResults, memoryResults } from "@jobs/adapter-memory";
import type { JobResult } from "@jobs/core";
import { type ResultStore, readResult } from "@jobs/core/broker";
import { createVirtualClock } from "@jobs/core/testing";
import { describe, expect, it } from "vitest";
import { virtualTime } from "../src/index.ts";
import { RESULT_RULES, type ResultsHarness } from "../src/results/describe-results.ts";

/** What a mutant works on: all processes share `texts`, the broken results by id. */
interface Inside {
  readonly store: MemoryResults;
  readonly texts: Map<string, string>;
}

/** A result store with one flaw. `make` replaces what it returns. */
interface ResultsMutant {
  readonly flaw: string;
  readonly make?: (inside: Inside) => Partial<ResultStore>;
  /** Each process has a storage of its own. */
  readonly isApart?: boolean;
}

/** Puts another result than the one it is given. */
function putting(
  flaw: string,
  change: (result: JobResult, ttlMs: number) => readonly [JobResult, number],
): ResultsMutant {
  return { flaw, make: ({ store }) => ({ put: (result, ttlMs) => store.put(...change(result, ttlMs)) }) };
}

const MUTANTS: readonly ResultsMutant[] = [
  { flaw: "no other process sees a result", isApart: true },
  {
    flaw: "the last end of a job is kept",
    make: ({ store }) => {
      let uses = 0;
      const last = new Map<string, JobResult>();
      return {
        async put(result, ttlMs) {
          await store.put({ ...result, enqueuedAt: --uses }, ttlMs);
          last.set(result.id, result);
        },
        get: async (id) => (store.find(id) === undefined ? store.get(id) : last.get(id)),
      };
    },
  },
  {
    flaw: "the first end of a job is kept for ever, a death too",
    make: ({ store }) => ({
      put: async (result, ttlMs) =>
        store.find(result.id)?.status === "dead" ? undefined : store.put(result, ttlMs),
    }),
  },
  {
    flaw: "a kept success stays although its id is used again",
    make: ({ store }) => ({
      put: async (result, ttlMs) =>
        store.find(result.id)?.status === "succeeded" ? undefined : store.put(result, ttlMs),
    }),
  },
  putting("results are kept without end", (result) => [result, Number.POSITIVE_INFINITY]),
  putting("results without end are kept for a second", (result, ttlMs) => [
    result,
    Number.isFinite(ttlMs) ? ttlMs : 1_000,
  ]),
  putting("no time is taken for a second", (result, ttlMs) => [result, ttlMs === 0 ? 1_000 : ttlMs]),
  putting("very long times are taken for none", (result, ttlMs) => [
    result,
    Number.isFinite(ttlMs) && ttlMs > 2 ** 52 ? 0 : ttlMs,
  ]),
  {
    flaw: "a result whose time is over blocks its id",
    make: ({ store }) => {
      const ids = new Set<string>();
      return {
        async put(result, ttlMs) {
          if (ids.has(result.id) && store.find(result.id) === undefined) return;
          ids.add(result.id);
          await store.put(result, ttlMs);
        },
      };
    },
  },
  putting("a value of nothing is taken for null", (result, ttlMs) => [
    { ...result, value: result.value || null },
    ttlMs,
  ]),
  {
    flaw: "a broken result is taken for none",
    make: ({ store, texts }) => ({ get: async (id) => (texts.has(id) ? undefined : store.get(id)) }),
  },
  {
    flaw: "a broken result blocks its id",
    make: ({ store, texts }) => ({
      put: async (result, ttlMs) => (texts.has(result.id) ? undefined : store.put(result, ttlMs)),
      get: (id) => read({ store, texts }, id),
    }),
  },
  { flaw: "nobody knows who sees it", make: () => ({ reach: "world" as never }) },
  { flaw: "a closed store goes on", make: () => ({ close: async () => {} }) },
  {
    flaw: "closing twice fails",
    make: ({ store }) => {
      let closes = 0;
      return {
        async close() {
          if (closes++ > 0) throw new Error("closed already");
          await store.close();
        },
      };
    },
  },
];

/** The result, read from the text that somebody has put in its place. */
async function read({ store, texts }: Inside, id: string): Promise<JobResult | undefined> {
  const text = texts.get(id);
  return text === undefined ? store.get(id) : readResult(id, text);
}

function createFaultyHarness({ make, isApart = false }: ResultsMutant): ResultsHarness {
  const clock = createVirtualClock();
  const shared = memoryResults({ clock });
  const texts = new Map<string, string>();
  return {
    time: virtualTime(clock),
    open() {
      const store = isApart ? memoryResults({ clock }) : memoryResults({ shared });
      const sound: ResultStore = {
        kind: store.kind,
        reach: store.reach,
        coordination: store.coordination,
        async put(result, ttlMs) {
          texts.delete(result.id);
          await store.put(result, ttlMs);
        },
        get: (id) => read({ store, texts }, id),
        prune: () => store.prune(),
        close: () => store.close(),
      };
      return { ...sound, ...make?.({ store, texts }) };
    },
    async corrupt(id, text) {
      texts.set(id, text);
      return true;
    },
    dispose() {},
  };
}

async function brokenRules(mutant: ResultsMutant): Promise<readonly string[]> {
  const broken: string[] = [];
  for (const { title, prove } of RESULT_RULES) {
    const harness = createFaultyHarness(mutant);
    await prove(await harness.open(), harness).catch(() => broken.push(title));
  }
  return broken;
}

describe("the kit of result stores finds flaws", () => {
  const everBroken = new Set<string>();

  it.each(MUTANTS)("finds that $flaw", async (mutant) => {
    const broken = await brokenRules(mutant);
    for (const title of broken) everBroken.add(title);
    expect(broken).not.toEqual([]);
  });

  it("has no rule that every mutant keeps", () => {
    expect(RESULT_RULES.map(({ title }) => title).filter((title) => !everBroken.has(title))).toEqual([]);
  });

  it("finds nothing wrong with the sound store, wrapped in the same way", async () => {
    expect(await brokenRules({ flaw: "none" })).toEqual([]);
  });
});
