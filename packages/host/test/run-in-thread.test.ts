import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { memory } from "@jobs/adapter-memory";
import {
  createApp,
  defineTask,
  handle,
  type LifecycleEvent,
  type TaskOptions,
  type WorkerOptions,
} from "@jobs/core";
import { startStopwatch } from "@jobs/core/testing";
import { afterAll, describe, expect, it } from "vitest";
import { hostileValues } from "../../../test-servers/hostile-values.mjs";
import { createThreads } from "../src/index.ts";

/** For signals of other processes and threads, also on a busy machine. */
const PATIENCE = { timeout: 50_000 };

/** Without the flags of the test runner, which would load sources that Node cannot run. */
const runInThread = createThreads({ execArgv: [] });

const folder = mkdtempSync(join(tmpdir(), "jobs-thread-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A module in TypeScript that imports another by paths of its `tsconfig.json`. */
function aliasedModule(): URL {
  const files = {
    "tsconfig.json": `{ "compilerOptions": { "paths": { "@/*": ["./lib/*"] } } }`,
    "handler.ts": `import { LANGUAGE } from "@/language";\nexport const handler = () => \`from \${LANGUAGE}, by its alias\`;`,
    "lib/language.ts": `export const LANGUAGE: string = "TypeScript";`,
  };
  mkdirSync(join(folder, "lib"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return pathToFileURL(join(folder, "handler.ts"));
}

/** A file that nobody makes. */
const NEVER = join(folder, "never");

const ALIASED = aliasedModule();

/** An app whose task runs in a thread, with a record of its jobs' events. */
function openWorld(options: TaskOptions = {}, worked: WorkerOptions = {}) {
  const act = defineTask("act", { act: "string", until: "string?" }, { backoff: 1, ...options });
  const typed = defineTask("typed", {});
  const aliased = defineTask("aliased", {});
  const events: LifecycleEvent[] = [];
  const logged: unknown[] = [];
  const results = new Map<string, unknown>();
  const logger = {
    debug() {},
    warn() {},
    error() {},
    info: (fields: object, text: string) => logged.push([text, fields]),
  };
  const app = createApp({
    broker: memory(),
    runtime: { logger },
    tasks: [act, typed, aliased],
    observers: [(event) => events.push(event)],
    around: [async (ctx, next) => results.set(ctx.id, await next())],
    handlers: [
      handle(act, runInThread(new URL("./fixtures/threads.mjs", import.meta.url))),
      handle(typed, runInThread(new URL("./fixtures/typed.ts", import.meta.url))),
      handle(aliased, runInThread(ALIASED)),
    ],
  });
  const worker = app.worker({ ownsProcess: false, concurrency: 4, ...worked });
  const running = worker.run();
  const told = <Type extends LifecycleEvent["type"]>(type: Type) =>
    events.filter((event) => event.type === type) as Extract<LifecycleEvent, { type: Type }>[];
  return {
    app,
    act,
    typed,
    aliased,
    results,
    logged,
    told,
    stop: () => worker.stop(),
    async [Symbol.asyncDispose]() {
      await worker.stop();
      await running;
      await app.close();
    },
  };
}

describe("a handler in a thread", () => {
  it("runs a handler in a thread and gives what it returns, with what it knows of its job", async () => {
    await using world = openWorld();
    const { id } = await world.app.enqueue(world.act, { act: "look" });
    await expect.poll(() => world.results.get(id), PATIENCE).toMatchObject({ act: "look", id, attempt: 1 });
    expect((world.results.get(id) as { threadId: number }).threadId).toBeGreaterThan(0);
  });

  it("loads modules in TypeScript, with paths of their tsconfig.json", async () => {
    await using world = openWorld();
    const { id } = await world.app.enqueue(world.typed, {});
    await expect.poll(() => world.results.get(id), PATIENCE).toBe("from TypeScript");
    const second = await world.app.enqueue(world.aliased, {});
    await expect.poll(() => world.results.get(second.id), PATIENCE).toBe("from TypeScript, by its alias");
  });

  it("work that keeps a core busy for several leases is run once, while other jobs go on [F31]", async () => {
    await using world = openWorld({}, { leaseMs: 200 });
    const until = join(folder, "enough");
    const job = await world.app.enqueue(world.act, { act: "spin", until });
    await expect.poll(() => world.told("job.started").length, PATIENCE).toBe(1);
    const startedAt = performance.now();
    const other = await world.app.enqueue(world.act, { act: "look" });
    await expect.poll(() => world.results.has(other.id), PATIENCE).toBe(true);
    await expect.poll(() => performance.now() - startedAt, PATIENCE).toBeGreaterThan(1_000);
    expect(world.told("job.succeeded").map(({ job: { id } }) => id)).toEqual([other.id]);
    writeFileSync(until, "");
    await expect.poll(() => world.results.has(job.id), PATIENCE).toBe(true);
    await expect.poll(() => world.told("job.succeeded").length, PATIENCE).toBe(2);
    expect(world.told("job.started").length).toBe(2);
    expect(world.told("job.lease_lost")).toEqual([]);
  });

  it("ends a thread that does not stop when its time is up, and leaves nothing stuck [F39]", async () => {
    await using world = openWorld({ timeoutMs: 300, maxAttempts: 1 });
    const elapsedMs = startStopwatch();
    await world.app.enqueue(world.act, { act: "spin", until: NEVER });
    await expect.poll(() => world.told("job.dead"), PATIENCE).toMatchObject([{ reason: "timeout" }]);
    expect(elapsedMs()).toBeLessThan(3_000);
    expect(world.told("job.stuck")).toEqual([]);
    const next = await world.app.enqueue(world.act, { act: "look" });
    await expect.poll(() => world.results.has(next.id), PATIENCE).toBe(true);
  });

  it("hands a job back that outlives the grace of a shutdown, and ends its thread [C26]", async () => {
    await using world = openWorld({}, { shutdownTimeoutMs: 400 });
    await world.app.enqueue(world.act, { act: "spin", until: NEVER });
    await expect.poll(() => world.told("job.started").length, PATIENCE).toBe(1);
    expect(await world.stop()).toMatchObject({ released: 1, cutOff: 0, stuck: 0 });
  });

  it("keeps name and message of what a handler throws [C24]", async () => {
    await using world = openWorld({ maxAttempts: 1 });
    await world.app.enqueue(world.act, { act: "throw" });
    await expect.poll(() => world.told("job.dead"), PATIENCE).toMatchObject([{ reason: "exhausted" }]);
    expect(world.told("job.failed")).toMatchObject([
      { error: { name: "FontError", message: "no such font" } },
    ]);
    expect(world.told("job.failed")[0]?.error.stack).toContain("threads.mjs");
  });

  it("whatever a handler throws is an error on the other side, and ends its job alone", async () => {
    await using world = openWorld({ maxAttempts: 1 });
    const values = Object.keys(hostileValues());
    for (const act of values) await world.app.enqueue(world.act, { act });
    await expect.poll(() => world.told("job.dead").length, PATIENCE).toBe(values.length);
    expect(new Set(world.told("job.dead").map(({ reason }) => reason))).toEqual(new Set(["exhausted"]));
    const failures = world.told("job.failed").map(({ error }) => error);
    expect(failures.filter(({ name, message }) => name === "" || message === undefined)).toEqual([]);
    expect(failures.filter(({ name }) => name === "DataCloneError")).toEqual([]);
  });

  it("understands a terminal error and a wish to be run later [C2]", async () => {
    await using world = openWorld();
    await world.app.enqueue(world.act, { act: "fatal" });
    await expect.poll(() => world.told("job.dead"), PATIENCE).toMatchObject([{ reason: "fatal" }]);
    await world.app.enqueue(world.act, { act: "later" });
    await expect.poll(() => world.told("job.snoozed").length, PATIENCE).toBeGreaterThan(0);
    expect(world.told("job.snoozed")[0]).toMatchObject({ delayMs: 20 });
  });

  it("passes on what the handler logs and how far it is [C30]", async () => {
    await using world = openWorld();
    const { id } = await world.app.enqueue(world.act, { act: "tell" });
    await expect.poll(() => world.results.has(id), PATIENCE).toBe(true);
    expect(world.told("job.progress")).toMatchObject([{ progress: 50 }]);
    expect(world.logged).toContainEqual(["half way", expect.objectContaining({ step: 1 })]);
  });

  it("a handler that ends its thread fails, and the process goes on [F38]", async () => {
    await using world = openWorld({ maxAttempts: 1 });
    await world.app.enqueue(world.act, { act: "exit" });
    await expect.poll(() => world.told("job.dead"), PATIENCE).toMatchObject([{ reason: "exhausted" }]);
    const next = await world.app.enqueue(world.act, { act: "look" });
    await expect.poll(() => world.results.has(next.id), PATIENCE).toBe(true);
  });
});
