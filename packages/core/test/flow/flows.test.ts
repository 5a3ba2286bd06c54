import { memory, memoryResults } from "@jobs/adapter-memory";
import { describe, expect, test } from "vitest";
import { chain, createApp, defineTask, group, handle, type Step, step, type Task } from "../../src/index.ts";
import { createRig } from "../rig.ts";

const fetch = defineTask("fetch", { url: "string" });
const parse = defineTask("parse", { html: "string", strict: "boolean?" });
const store = defineTask("store", { rows: "array", table: "string" }, { maxAttempts: 1 });
const count = defineTask("count", { pages: "array" });

/** Handlers that write down what they were called with. */
function world(failing: { task?: string } = {}) {
  const runs: [string, unknown][] = [];
  const ran = <Value>(task: string, params: unknown, value: Value): Value => {
    runs.push([task, params]);
    if (failing.task === task) throw new Error(`${task} fails`);
    return value;
  };
  const results = memoryResults();
  const rig = createRig({
    tasks: [fetch, parse, store, count],
    results,
    handlers: [
      handle(fetch, (params) => ran("fetch", params, { status: 200, body: `<${params.url}>` })),
      handle(parse, (params) => ran("parse", params, { items: [params.html], total: 1 })),
      handle(store, (params) => ran("store", params, params.rows.length)),
      handle(count, (params) => ran("count", params, params.pages.length)),
    ],
  });
  return { rig, runs, results };
}

const pipeline = chain([
  step(fetch, { url: "a" }),
  step(parse, { strict: true }, { takes: { html: "body" } }),
  step(store, { table: "pages" }, { takes: { rows: "items" } }),
]);

describe("a chain", () => {
  test("each step starts after the one before and takes from its value by name [P12 C29]", async () => {
    const { rig, runs, results } = world();
    const { id, stepIds, lastId, jobs } = await rig.app.start(pipeline);
    expect(jobs).toMatchObject([{ id, task: "fetch", status: "enqueued" }]);
    const { report } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(1_000);
    expect(await report).toMatchObject({ succeeded: 3, dead: 0 });
    expect(runs).toEqual([
      ["fetch", { url: "a" }],
      ["parse", { strict: true, html: "<a>" }],
      ["store", { table: "pages", rows: ["<a>"] }],
    ]);
    expect(results.find(lastId)).toMatchObject({ status: "succeeded", value: 1, task: "store" });
    expect(stepIds.map((one) => results.find(one)?.task)).toEqual(["fetch", "parse", "store"]);
  });

  test("a step that fails for good stops the rest; put back, it goes on from there [P12]", async () => {
    const failing: { task?: string } = { task: "parse" };
    const { rig, runs } = world(failing);
    await rig.app.start(
      chain([
        step(fetch, { url: "a" }),
        step(parse, {}, { takes: { html: "body" }, maxAttempts: 1 }),
        step(store, { table: "t" }, { takes: { rows: "items" } }),
      ]),
    );
    const { report } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(1_000);
    expect(await report).toMatchObject({ succeeded: 1, dead: 1 });
    expect(runs.map(([task]) => task)).toEqual(["fetch", "parse"]);
    delete failing.task;
    const queue = await rig.app.queue("default");
    await queue.redrive({ limit: 1 });
    const again = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(1_000);
    expect(await again.report).toMatchObject({ succeeded: 2, dead: 0 });
    expect(runs.map(([task]) => task)).toEqual(["fetch", "parse", "parse", "store"]);
  });

  test("is checked as a whole before anything is sent: unknown task, wrong name, value that is no JSON", async () => {
    const { rig } = world();
    const begin = step(fetch, { url: "a" });
    const wrong: readonly [Step, string][] = [
      [step(defineTask("unknown", {}), {}), "unknown_task"],
      [step(parse as Task<string, Record<string, unknown>>, { htm: "x" }), "signature_mismatch"],
      [
        step(parse as Task<string, Record<string, unknown>>, {}, { takes: { htm: "." } }),
        "signature_mismatch",
      ],
      [step(store as Task<string, Record<string, unknown>>, { table: "t" }), "signature_mismatch"],
      [
        step(
          parse as Task<string, Record<string, unknown>>,
          { strict: new Date() },
          { takes: { html: "." } },
        ),
        "not_json",
      ],
    ];
    for (const [bad, code] of wrong) {
      await expect(rig.app.start(chain([begin, bad]))).rejects.toMatchObject({ code });
    }
    expect((await (await rig.app.queue("default")).stats()).ready.n).toBe(0);
  });

  test("a step before others on a queue of another system's workers is refused at the start, with its queue", async () => {
    const broker = { ...memory(), foreignQueues: new Set(["acme-mail"]) };
    const app = createApp({ broker, tasks: [fetch, parse], queuePrefix: "acme-", results: memoryResults() });
    const foreign = (params: { url: string }) => step(fetch, params, { queue: "mail" });
    const own = step(fetch, { url: "own" });
    for (const flow of [
      chain([foreign({ url: "first" }), own]),
      chain([own, foreign({ url: "middle" }), own]),
      chain([own, group([own, foreign({ url: "member" })])]),
      chain([own, group([chain([own, foreign({ url: "last of a line" })]), own]), own]),
    ]) {
      await expect(app.start(flow)).rejects.toMatchObject({
        code: "unsupported",
        feature: "flows",
        queue: "acme-mail",
        message: expect.stringContaining('the step "fetch"'),
      });
    }
    expect((await (await app.queue("default")).stats()).ready.n).toBe(0);
    await app.start(chain([own, foreign({ url: "last" })]));
    expect((await (await app.queue("default")).stats()).ready.n).toBe(1);
    await app.close();
  });

  test("a wrong value of a step gets the hint for values, not the one for names", async () => {
    const { rig } = world();
    const bad = step(parse as Task<string, Record<string, unknown>>, { strict: 1 }, { takes: { html: "." } });
    await expect(rig.app.start(chain([step(fetch, { url: "a" }), bad]))).rejects.toMatchObject({
      code: "signature_mismatch",
      hint: expect.stringMatching(/^Correct the values\./),
    });
  });

  test.each(["", "a..b", ".a", "a.", ".."])("a taken path with an empty part is refused: %j", (path) => {
    expect(() => step(parse, { strict: true }, { takes: { html: path } })).toThrow(/a path such as user\.id/);
  });

  test("a parameter that is both given and taken is refused at the start, with both named", async () => {
    const { rig } = world();
    const both = step(
      parse as Task<string, Record<string, unknown>>,
      { html: "x" },
      { takes: { html: "body" } },
    );
    for (const flow of [
      chain([step(fetch, { url: "a" }), both]),
      chain([group([step(fetch, { url: "a" })]), both]),
    ]) {
      await expect(rig.app.start(flow)).rejects.toMatchObject({
        code: "signature_mismatch",
        task: "parse",
        message: expect.stringMatching(
          /"parse" .*html must be either a value or a place .*"body".*, got both/,
        ),
      });
    }
    expect((await (await rig.app.queue("default")).stats()).ready.n).toBe(0);
  });

  test("its first step cannot take: there is no value before it", async () => {
    const { rig } = world();
    const taking = step(parse, {}, { takes: { html: "." } });
    const refusal = { code: "invalid_config", message: expect.stringContaining("parse") };
    await expect(rig.app.start(chain([taking, step(parse, { html: "x" })]))).rejects.toMatchObject(refusal);
    await expect(rig.app.start(taking)).rejects.toMatchObject(refusal);
    expect((await (await rig.app.queue("default")).stats()).ready.n).toBe(0);
  });

  test("needs nothing of the broker: no order, no memory of ids, no coordination store, no result store [P13]", async () => {
    const runs: string[] = [];
    const rig = createRig({
      tasks: [fetch, parse],
      handlers: [
        handle(fetch, () => {
          runs.push("fetch");
          return { body: "<a>" };
        }),
        handle(parse, ({ html }) => void runs.push(html)),
      ],
      capabilities: { delay: false, priority: false, order: "best-effort", dedupe: false, fencing: false },
    });
    const { coordination: _marks, ...bare } = rig.broker;
    const app = rig.app.with({ broker: bare });
    await app.start(chain([step(fetch, { url: "a" }), step(parse, {}, { takes: { html: "body" } })]));
    const report = app.worker({ ownsProcess: false, until: { type: "drained" } }).run();
    await rig.clock.advance(10_000);
    expect(await report).toMatchObject({ succeeded: 2 });
    expect(runs).toEqual(["fetch", "<a>"]);
  });

  test("started twice under one id it is one chain", async () => {
    const { rig, runs } = world();
    const first = await rig.app.start(pipeline, { id: "nightly-7" });
    const second = await rig.app.start(pipeline, { id: "nightly-7" });
    expect([first.jobs[0]?.status, second.jobs[0]?.status]).toEqual(["enqueued", "duplicate"]);
    expect(second.lastId).toBe(first.lastId);
    const { report } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(1_000);
    await report;
    expect(runs).toHaveLength(3);
  });

  test("a lost lease after the next step was sent runs neither of them twice", async () => {
    const { rig, runs } = world();
    await rig.app.start(pipeline);
    const isDown = () => new Error("the broker does not answer");
    rig.faults.settle = isDown;
    rig.faults.extend = isDown;
    rig.start({ leaseMs: 1_000 });
    await rig.clock.advance(5_000);
    delete rig.faults.settle;
    delete rig.faults.extend;
    await rig.clock.advance(60_000);
    expect(rig.trace()).toContain("job.lease_lost");
    expect(runs.map(([task]) => task)).toEqual(["fetch", "parse", "store"]);
  });
});

describe("a group", () => {
  const pages = (...urls: string[]) => group(urls.map((url) => step(fetch, { url })));

  test("what follows starts once, when all have succeeded, with their values in order [T18]", async () => {
    const { rig, runs, results } = world();
    const { lastId, jobs } = await rig.app.start(
      chain([pages("a", "b", "c"), step(count, {}, { takes: { pages: "." } })]),
    );
    expect(jobs).toHaveLength(3);
    const { report } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(1_000);
    expect(await report).toMatchObject({ succeeded: 4 });
    const bodies = ["<a>", "<b>", "<c>"].map((body) => ({ status: 200, body }));
    expect(runs.at(-1)).toEqual(["count", { pages: bodies }]);
    expect(results.find(lastId)?.value).toBe(3);
  });

  test("lines may be chains and hold groups, and a group may end a flow", async () => {
    const { rig, runs, results } = world();
    const line = chain([pages("x", "y"), step(count, {}, { takes: { pages: "." } })]);
    const { id } = await rig.app.start(group([line, step(fetch, { url: "z" }), pages("v", "w")]));
    const { report } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(1_000);
    expect(await report).toMatchObject({ succeeded: 6 });
    expect(runs).toHaveLength(6);
    const page = (body: string) => ({ status: 200, body });
    expect(results.find(id)?.value).toEqual([2, page("<z>"), [page("<v>"), page("<w>")]]);
  });

  test("a member that is dead holds back what follows until it was put back and succeeded", async () => {
    const failing: { task?: string } = { task: "store" };
    const { rig, runs } = world(failing);
    const members = group([step(fetch, { url: "a" }), step(store, { rows: [], table: "t" })]);
    await rig.app.start(chain([members, step(count, {}, { takes: { pages: "." } })]));
    rig.start();
    await rig.clock.advance(10_000);
    expect(runs.map(([task]) => task)).not.toContain("count");
    delete failing.task;
    await (await rig.app.queue("default")).redrive({ limit: 1 });
    await rig.clock.advance(10_000);
    expect(runs.at(-1)).toEqual(["count", { pages: [{ status: 200, body: "<a>" }, 0] }]);
  });

  test.each([1, 0, Number.POSITIVE_INFINITY])(
    "goes on with results that are kept for %d ms, however far apart its members end",
    async (resultTtlMs) => {
      const { rig, runs, results } = world();
      const members = group([step(fetch, { url: "a" }), step(fetch, { url: "b" }, { delayMs: 60_000 })]);
      const flow = chain([members, step(count, {}, { takes: { pages: "." } })]);
      const { id, startedAt } = await rig.app.start(flow);
      rig.start({ resultTtlMs });
      await rig.clock.advance(1_000);
      expect(await results.coordination.count(`group/${new Date(startedAt).toISOString()}/${id}`)).toBe(1);
      await rig.clock.advance(60_000);
      await rig.clock.advance(5_000);
      const bodies = ["<a>", "<b>"].map((body) => ({ status: 200, body }));
      expect(runs.at(-1)).toEqual(["count", { pages: bodies }]);
      expect(await results.coordination.count(`group/${new Date(startedAt).toISOString()}/${id}`)).toBe(0);
    },
  );

  test("is refused without a result store, and when it is empty", async () => {
    const rig = createRig({ tasks: [fetch] });
    await expect(rig.app.start(pages("a"))).rejects.toMatchObject({ code: "invalid_config" });
    expect(() => group([])).toThrow("needs at least one");
    expect(() => chain([])).toThrow("needs at least one");
  });
});
