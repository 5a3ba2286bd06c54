import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { redis, redisResults } from "@jobs/adapter-redis";
import { sqlite, sqliteResults } from "@jobs/adapter-sqlite";
import { chain, createApp, defineTask, group, step } from "@jobs/core";
import type { Broker, ResultStore } from "@jobs/core/broker";
import { hasRedis, startRedisServer } from "@jobs/test-servers";
import { describe, it, type TestContext } from "vitest";
import { createProject, type TestProject } from "./project.ts";

const member = defineTask("member", { index: "number" });
const after = defineTask("after", { values: "array" });

const APP = `
import { createApp, defineTask, handle } from "@jobs/core";
import { pass } from "./control.mjs";
const member = defineTask("member", { index: "number" });
const after = defineTask("after", { values: "array" });
export default createApp({
  tasks: [member, after],
  handlers: [
    handle(member, ({ index }) => index),
    handle(after, async ({ values }) => {
      await pass("run");
      return values;
    }),
  ],
});
`;

/** A process stands at a point until the test lets it pass. */
const CONTROL = `
export const pass = (point) => fetch(process.env.CONTROL + "/" + point + "/" + process.pid).then((answer) => answer.text());
const wrap = (target, own) =>
  new Proxy(target, {
    get(inner, key) {
      const value = own[key] ?? inner[key];
      return typeof value === "function" ? value.bind(inner) : value;
    },
  });
const isNext = ({ label }) => label === "after";
export const stopping = (broker) =>
  wrap(broker, {
    async openQueue(name) {
      const queue = await broker.openQueue(name);
      return wrap(queue, {
        async send(messages, options) {
          if (messages.some(isNext)) await pass("send");
          const sent = await queue.send(messages, options);
          if (messages.some(isNext)) await pass("sent");
          return sent;
        },
      });
    },
  });
export const meeting = (results) =>
  wrap(results, {
    coordination: wrap(results.coordination, {
      async put(mark, ttlMs) {
        await results.coordination.put(mark, ttlMs);
        if (mark.name !== "member" && mark.set.includes("group/")) await pass("arrived");
      },
    }),
  });
`;

const STORES = {
  sqlite: `
import { sqlite, sqliteResults } from "@jobs/adapter-sqlite";
const file = new URL("jobs.db", import.meta.url).pathname;
export const [broker, results] = [sqlite({ file }), sqliteResults({ file })];
`,
  redis: `
import { redis, redisResults } from "@jobs/adapter-redis";
const url = process.env.REDIS;
export const [broker, results] = [redis({ url, onWarning() {} }), redisResults({ url })];
`,
};

const CONFIG = `
import { meeting, stopping } from "./control.mjs";
import { broker, results } from "./stores.mjs";
export default { app: "./app.mjs", broker: stopping(broker), results: meeting(results) };
`;

/** A point in a worker's process at which it stands. */
interface Stop {
  readonly pid: number;
  /** Lets the process go on. */
  pass(): void;
}

/** Stops processes at points, one request each. */
class Control {
  readonly server: Server;
  /** How often each point was reached. */
  readonly counts = new Map<string, number>();
  /** Points that nobody waits for; all others stand until {@link next}. */
  readonly free = new Set<string>();
  readonly #stopped = new Map<string, Stop[]>();
  readonly #waiting = new Map<string, ((stop: Stop) => void)[]>();

  private constructor() {
    this.server = createServer(({ url = "" }, response) => {
      const [, point = "", pid = ""] = url.split("/");
      this.#reach(point, Number(pid), response);
    });
  }

  static async open(test: TestContext): Promise<Control> {
    const control = new Control();
    await once(control.server.listen(0, "127.0.0.1"), "listening");
    test.onTestFinished(() => {
      control.server.closeAllConnections();
      control.server.close();
    });
    return control;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The next process that stands at a point. */
  next(point: string): Promise<Stop> {
    const stop = this.#stopped.get(point)?.shift();
    if (stop !== undefined) return Promise.resolve(stop);
    return new Promise((resolve) => {
      this.#waiting.set(point, [...(this.#waiting.get(point) ?? []), resolve]);
    });
  }

  #reach(point: string, pid: number, response: ServerResponse): void {
    this.counts.set(point, (this.counts.get(point) ?? 0) + 1);
    const stop = { pid, pass: () => void response.end("go") };
    const waiting = this.#waiting.get(point)?.shift();
    if (waiting !== undefined) waiting(stop);
    else if (this.free.has(point)) stop.pass();
    else this.#stopped.set(point, [...(this.#stopped.get(point) ?? []), stop]);
  }
}

/** A project with workers of its own, and the same stores for the test. */
interface World {
  /** The test of this world. Several run at the same time. */
  readonly test: TestContext;
  readonly project: TestProject;
  readonly control: Control;
  readonly broker: Broker;
  readonly results: ResultStore;
  /** Starts a worker; gives its process. */
  work(concurrency: number): ChildProcess;
}

async function startServer(test: TestContext): Promise<string> {
  const server = await startRedisServer({ appendonly: false });
  test.onTestFinished(() => server[Symbol.asyncDispose]());
  return server.url;
}

async function createWorld(test: TestContext, kind: keyof typeof STORES): Promise<World> {
  const url = kind === "redis" ? await startServer(test) : "";
  const files = {
    "app.mjs": APP,
    "control.mjs": CONTROL,
    "stores.mjs": STORES[kind],
    "jobs.config.mjs": CONFIG,
  };
  const project = createProject(files);
  test.onTestFinished(() => project[Symbol.dispose]());
  const control = await Control.open(test);
  const file = join(project.folder, "jobs.db");
  const [broker, results] =
    kind === "sqlite"
      ? [sqlite({ file }), sqliteResults({ file })]
      : [redis({ url, onWarning: () => {} }), redisResults({ url })];
  return {
    test,
    project,
    control,
    broker,
    results,
    work(concurrency) {
      const args = ["worker", "--concurrency", String(concurrency), "--lease", "5s"];
      const child = project.start(args, { env: { CONTROL: control.url, REDIS: url } });
      child.stdout?.resume();
      child.stderr?.resume();
      test.onTestFinished(() => void child.kill("SIGKILL"));
      return child;
    },
  };
}

/** Starts a group of two members and what follows it. Gives a check that all of it was done, each job once. */
async function startGroup({ test, broker, results, control }: World) {
  const { expect } = test;
  const app = createApp({ broker, results, tasks: [member, after] });
  test.onTestFinished(() => app.close());
  const members = group([step(member, { index: 0 }), step(member, { index: 1 })]);
  const flow = chain([members, step(after, {}, { takes: { values: "." } })]);
  const { id, lastId, startedAt } = await app.start(flow);
  return async () => {
    expect(await app.result(lastId, { waitMs: 30_000 })).toMatchObject({
      status: "succeeded",
      value: [0, 1],
    });
    const queue = await app.queue("default");
    const left = async () => {
      const { ready, delayed, leased, dead } = await queue.stats();
      return [ready.n, delayed.n, leased.n, dead.n];
    };
    await expect.poll(left, { timeout: 20_000 }).toEqual([0, 0, 0, 0]);
    expect(control.counts.get("run")).toBe(1);
    const set = `group/${new Date(startedAt).toISOString()}/${id}`;
    expect(await results.coordination.list(set)).toEqual([]);
  };
}

async function kill(child: ChildProcess | undefined): Promise<void> {
  const closed = child && once(child, "close");
  child?.kill("SIGKILL");
  await closed;
}

const isRedisHere = await hasRedis({ isOwn: true });

// Concurrent, since these tests mostly wait for leases.
describe.concurrent.each(Object.keys(STORES) as (keyof typeof STORES)[])(
  "%s: a group whose sender is killed",
  (kind) => {
    const isAvailable = kind !== "redis" || isRedisHere;

    it.runIf(isAvailable).for(["send", "sent"])(
      "at '%s' is continued by the other last member, and what follows runs once [F01]",
      async (point, test) => {
        const world = await createWorld(test, kind);
        const { control } = world;
        const assertDone = await startGroup(world);
        const workers = [world.work(1), world.work(1)];
        const met = [await control.next("arrived"), await control.next("arrived")];
        for (const one of ["arrived", "run", "send", "sent"]) if (one !== point) control.free.add(one);
        const sending = control.next(point);
        for (const one of met) one.pass();
        const { pid } = await sending;
        control.free.add(point);
        await kill(workers.find((worker) => worker.pid === pid));
        await assertDone();
      },
    );

    it.runIf(isAvailable)(
      "with all other members is continued after their leases, and what follows runs once [F01]",
      async (test) => {
        const world = await createWorld(test, kind);
        const { control } = world;
        const assertDone = await startGroup(world);
        for (const one of ["arrived", "run", "sent"]) control.free.add(one);
        const worker = world.work(2);
        await control.next("send");
        control.free.add("send");
        await kill(worker);
        world.work(2);
        await assertDone();
      },
    );
  },
);
