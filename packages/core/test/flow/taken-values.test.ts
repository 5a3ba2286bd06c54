import { memoryResults } from "@jobs/adapter-memory";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { chain, defineTask, group, handle, step, type Task } from "../../src/index.ts";
import { createRig } from "../rig.ts";

const fetch = defineTask("fetch", { url: "string" });
const parse = defineTask("parse", { html: "string", strict: "boolean?" });
const ruled = defineTask(
  "ruled",
  z
    .object({ from: z.number(), to: z.number() })
    .refine(({ from, to }) => from <= to, { error: "must be in order", path: ["from"] }),
);
const last = defineTask("last", {});

/** What `fetch` returns. */
const PAGE = { status: 200, body: "<a>", user: { name: "x" }, secret: "s3cret" };

/** An app whose second step notes what it got. */
function world(options: { tasks?: readonly Task[]; value?: unknown } = {}) {
  const { tasks = [fetch, parse, ruled, last], value = PAGE } = options;
  const seen: unknown[] = [];
  const results = memoryResults();
  const note = (params: unknown) => void seen.push(params);
  const rig = createRig({
    tasks,
    results,
    handlers: [
      handle(fetch, () => value),
      ...tasks.filter(({ name }) => name !== "fetch").map((task) => handle(task, note)),
    ],
  });
  const run = async () => {
    const { report } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(1_000);
    return report;
  };
  const dead = async () =>
    (await (await rig.app.queue("default")).peek({ state: "dead", limit: 10 })).messages;
  const deadError = async () => (await dead()).map(({ label, dead: why }) => ({ task: label, ...why }))[0];
  return { rig, results, seen, run, dead, deadError };
}

const taking = (path: string) =>
  chain([step(fetch, { url: "a" }), step(parse, {}, { takes: { html: path } }), step(last, {})]);

describe("a value that a step takes", () => {
  test.each([
    ["no.such", 'missing html, taken from "no.such" of an object with status, body, user, secret'],
    [
      "user.mail",
      'missing html, taken from "user.mail" of an object .*, where "user" is an object with name',
    ],
    ["status", 'html must be string, got number, taken from "status" of an object'],
    [".", "html must be string, got object, taken from all of an object"],
  ])("from %s is refused before its step is sent: the step before is a dead letter", async (path, said) => {
    const { rig, results, seen, run, dead, deadError } = world();
    const { id, stepIds, lastId } = await rig.app.start(taking(path));
    expect(await run()).toMatchObject({ dead: 1, succeeded: 0, postponed: 0 });
    expect(seen).toEqual([]);
    expect(await dead()).toHaveLength(1);
    const found = await deadError();
    expect(found).toMatchObject({
      task: "fetch",
      reason: "completion_failed",
      error: { code: "flow_value_mismatch" },
    });
    expect(found?.error?.message).toMatch(
      new RegExp(`step "parse" of the flow cannot take what job ${id} returned: ${said}`),
    );
    expect(found?.error?.message).not.toContain(PAGE.secret);
    expect(results.find(id)).toMatchObject({ status: "succeeded", value: PAGE });
    for (const later of [stepIds[1] ?? "", lastId])
      expect(results.find(later)).toMatchObject({ status: "dead", stoppedBy: id });
  });

  test("may be missing where its parameter is optional", async () => {
    const { rig, seen, run } = world();
    const flow = step(parse, {}, { takes: { html: "body", strict: "options.strict" } });
    await rig.app.start(chain([step(fetch, { url: "a" }), flow]));
    expect(await run()).toMatchObject({ succeeded: 2 });
    expect(seen).toEqual([{ html: "<a>" }]);
  });

  test("is judged by rules over several parameters as well", async () => {
    const { rig, run, deadError } = world();
    const bound = step(ruled, { from: 500 }, { takes: { to: "status" } });
    await rig.app.start(chain([step(fetch, { url: "a" }), bound]));
    expect(await run()).toMatchObject({ dead: 1, postponed: 0 });
    expect((await deadError())?.error).toMatchObject({
      code: "flow_value_mismatch",
      message: expect.stringContaining("from must be in order"),
    });
  });

  test("of a group is refused at its last member", async () => {
    const { rig, results, run, deadError } = world();
    const pages = group([step(fetch, { url: "a" }), step(fetch, { url: "b" })]);
    const { id, lastId } = await rig.app.start(
      chain([pages, step(parse, {}, { takes: { html: "." } }), step(last, {})]),
    );
    expect(await run()).toMatchObject({ dead: 1, succeeded: 1 });
    expect((await deadError())?.error?.message).toMatch(
      new RegExp(`what group ${id} returned: html must be string, got array, taken from all of a list of 2`),
    );
    expect(results.find(lastId)).toMatchObject({ status: "dead" });
  });

  test("put back after a release that takes it, the flow goes on without a second run", async () => {
    const { rig, results, run } = world();
    const { lastId } = await rig.app.start(taking("status"));
    await run();
    await (await rig.app.queue("default")).redrive({ limit: 1 });
    let runs = 0;
    const lenient = defineTask("parse", { html: "any", strict: "boolean?" });
    const released = rig.other({
      tasks: [fetch, lenient, last],
      results,
      handlers: [handle(fetch, () => void runs++), handle(lenient, () => 1), handle(last, () => 2)],
    });
    const report = released.worker({ ownsProcess: false, until: { type: "drained" } }).run();
    await rig.clock.advance(1_000);
    expect(await report).toMatchObject({ succeeded: 3 });
    expect(runs).toBe(0);
    expect(results.find(lastId)).toMatchObject({ status: "succeeded", value: 2 });
  });
});

describe("a value that the sender of a step cannot check", () => {
  const apart = (path: string) =>
    chain([
      step(fetch, { url: "a" }),
      step(parse, { strict: true }, { takes: { html: path }, queue: "second" }),
    ]);

  /** Runs the first step in an app that knows `others` only, and starts the flow in one that knows `starters`. */
  async function runApart(
    flow: ReturnType<typeof chain>,
    others: readonly Task[],
    starters: readonly Task[],
  ) {
    const made = world();
    const { rig, results } = made;
    await rig.other({ tasks: starters, results }).start(flow);
    const tasks = [fetch, ...others];
    const sender = rig.other({
      tasks,
      results,
      handlers: [handle(fetch, () => PAGE), ...others.map((task) => handle(task, () => {}))],
    });
    const worker = { ownsProcess: false, queues: ["default"], until: { type: "drained" } } as const;
    const report = sender.worker(worker).run();
    await rig.clock.advance(1_000);
    expect(await report).toMatchObject({ succeeded: 1, dead: 0 });
    const second = async () =>
      (await (await rig.app.queue("second")).peek({ state: "dead", limit: 10 })).messages[0]?.dead;
    const run = async () => {
      const { report: own } = rig.start({ queues: ["second"], until: { type: "drained" } });
      await rig.clock.advance(1_000);
      return own;
    };
    return { ...made, run, second };
  }

  test.each([
    ["no.such", 'missing html, taken from "no.such"'],
    ["status", 'html must be string, got number, taken from "status"'],
  ])("from %s is refused by the worker of the step, at once", async (path, said) => {
    const { run, second, seen } = await runApart(apart(path), [], [fetch, parse]);
    expect(await run()).toMatchObject({ dead: 1, postponed: 0 });
    expect(seen).toEqual([]);
    expect(await second()).toMatchObject({
      reason: "signature_mismatch",
      error: { code: "flow_value_mismatch", message: expect.stringContaining(said) },
    });
  });

  test("runs where it fits", async () => {
    const { run, seen } = await runApart(apart("body"), [], [fetch, parse]);
    expect(await run()).toMatchObject({ succeeded: 1 });
    expect(seen).toEqual([{ strict: true, html: "<a>" }]);
  });

  test.each([
    ["names", true, defineTask("parse", { html: "any", strict: "boolean?", depth: "number?" })],
    ["types", "no", defineTask("parse", { html: "any", strict: "any?" })],
  ])("is held for a release with the %s that the flow was started with [W7]", async (_, strict, newer) => {
    const options = { takes: { html: "status" }, queue: "second" };
    const flow = chain([
      step(fetch, { url: "a" }),
      step(newer as Task, { strict } as never, options as never),
    ]);
    const { rig, seen, second } = await runApart(flow, [parse], [fetch, newer]);
    rig.start({ queues: ["second"] });
    await rig.clock.advance(1_000);
    expect(rig.events.filter(({ type }) => type === "job.held")).toHaveLength(1);
    expect(await second()).toBeUndefined();
    expect(seen).toEqual([]);
  });
});
