import { memoryResults } from "@jobs/adapter-memory";
import { describe, expect, it } from "vitest";
import type { CoordinationStore } from "../coordination/coordination-store.ts";
import type { JobResult, ResultStore } from "./result-store.ts";
import { validateResults } from "./validate-results.ts";

// biome-ignore lint/suspicious/noExplicitAny: what is answered is what the types forbid.
type Loose = any;

const mark = { set: "s", name: "n", value: "v" };
const result: JobResult = { id: "1", task: "t", queue: "q", status: "succeeded", attempt: 1, finishedAt: 1 };

/** A store of somebody else, with some calls replaced. */
function own(calls: Partial<ResultStore> = {}, marks: Partial<CoordinationStore> = {}): ResultStore {
  const store = memoryResults();
  return {
    kind: "own",
    reach: "process",
    put: (kept, ttlMs) => store.put(kept, ttlMs),
    get: (id) => store.get(id),
    prune: () => store.prune(),
    close: () => store.close(),
    coordination: { ...store.coordination, ...marks },
    ...calls,
  };
}

const ANSWERS: readonly (readonly [
  call: string,
  ask: (store: ResultStore) => Promise<unknown>,
  wrong: readonly Loose[],
])[] = [
  ["results.get", (store) => store.get("1"), [null, {}, [], "x", { ...result, status: "odd" }]],
  ["results.prune", (store) => store.prune(), [undefined, "1", []]],
  ["coordination.claim", (store) => store.coordination.claim(mark, 1), [undefined, null, 1, {}]],
  [
    "coordination.list",
    (store) => store.coordination.list("s"),
    [undefined, {}, [undefined], [{ name: "n" }]],
  ],
  ["coordination.count", (store) => store.coordination.count("s"), [undefined, "1", Number.NaN, []]],
];

describe("what a result store answers", () => {
  for (const [call, ask, wrong] of ANSWERS) {
    const [part, method] = call.split(".") as [string, string];
    it.each(wrong.map((answer) => [answer]))(`${call} answers %j: an error that names it`, async (answer) => {
      const replaced = { [method]: async () => answer };
      const store = validateResults(part === "results" ? own(replaced) : own({}, replaced));
      await expect(ask(store)).rejects.toMatchObject({
        code: "invalid_answer",
        retryable: false,
        broker: "own",
        call,
        message: expect.stringMatching(new RegExp(`^own broker: ${call} must answer .+, got .+\\.$`)),
      });
    });
  }

  it("good answers are passed on, and checks are put around a store once", async () => {
    const store = validateResults(own());
    expect(validateResults(store)).toBe(store);
    await store.put(result, 1_000);
    expect(await store.get("1")).toEqual(result);
    expect(await store.get("2")).toBeUndefined();
    expect(await store.coordination.claim(mark, 1_000)).toBe("v");
    expect(await store.coordination.list("s")).toEqual([mark]);
    expect(await store.coordination.count("s")).toBe(1);
  });

  it("an error of the store is passed on as it is", async () => {
    const error = new TypeError("a bug");
    await expect(validateResults(own({ get: () => Promise.reject(error) })).get("1")).rejects.toBe(error);
  });

  it("a put that throws at once rejects with the same error", async () => {
    const error = new TypeError("a bug");
    const put = () => {
      throw error;
    };
    await expect(validateResults(own({ put })).put(result, 1)).rejects.toBe(error);
  });

  it("a closed store and its coordination store refuse every call, and are closed once", async () => {
    let closed = 0;
    const close = async () => void closed++;
    const store = validateResults(own({ close }));
    await Promise.all([store.close(), store.close()]);
    const refused = { code: "broker_unavailable", retryable: false };
    await expect(store.get("1")).rejects.toMatchObject(refused);
    await expect(store.put(result, 1)).rejects.toMatchObject(refused);
    await expect(store.coordination.put(mark, 1)).rejects.toMatchObject(refused);
    await expect(store.coordination.remove("s", "n")).rejects.toMatchObject(refused);
    expect(closed).toBe(1);
  });

  it("a store without its parts is refused with all that is wrong", () => {
    expect(() => validateResults({ kind: "own", coordination: {} } as Loose)).toThrow(
      /reach must be .*; put must be .*; get must be .*; prune must be .*; coordination must be .*; close must be/,
    );
  });
});
