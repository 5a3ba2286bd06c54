import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memory } from "@jobs/adapter-memory";
import { redis } from "@jobs/adapter-redis";
import { sqlite } from "@jobs/adapter-sqlite";
import { ConfigError, createApp, defineTask } from "@jobs/core";
import type { Broker, Capabilities } from "@jobs/core/broker";
import { startRedisServer } from "@jobs/test-servers";
import { afterAll, describe, expect, it } from "vitest";
import { ANSWER_MS } from "../src/broker-circuit.ts";
import { type FailoverEvent, failover } from "../src/index.ts";
import { sendToStore } from "../src/spooled-message.ts";
import { message, unavailable, withQueues } from "./relay-brokers.ts";
import { moment } from "./shop.ts";

const folder = mkdtempSync(join(tmpdir(), "jobs-failover-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const mail = defineTask("mail", { order: "integer" });

// #region app
/** While Redis is away, jobs are kept in a file of this machine. They are sent later, under the same ids. */
function openProducer(url: string, file: string) {
  return createApp({ broker: failover(redis({ url }), { spool: sqlite({ file }) }), tasks: [mail] });
}
// #endregion

const openApp = (url: string, name: string) => openProducer(url, join(folder, `${name}.db`));

/** How many jobs the broker has, and has ever had. */
async function stored(url: string): Promise<readonly (number | null)[]> {
  const broker = redis({ url });
  try {
    const { ready, entered } = await (await broker.openQueue("default")).stats();
    return [ready.n, entered.n];
  } finally {
    await broker.close();
  }
}

describe("failover", () => {
  it("refuses nothing while the broker is away, and sends all of it later", async () => {
    await using server = await startRedisServer({ appendonly: true, appendfsync: "always" });
    await using app = openApp(server.url, "away");
    await app.enqueue(mail, { order: 0 }, { id: "before" });
    await server.kill();
    const jobs = await Promise.all(
      Array.from({ length: 500 }, (_, order) => app.enqueue(mail, { order }, { id: `mail-${order}` })),
    );
    expect(jobs.every(({ status }) => status === "enqueued")).toBe(true);
    await server.start();
    await expect.poll(() => stored(server.url), { timeout: 50_000 }).toEqual([501, 501]);
  });

  it("starts while the broker is away, and a later process sends what it has left", async () => {
    await using server = await startRedisServer({ appendonly: true });
    await server.kill();
    {
      await using app = openApp(server.url, "left");
      expect(await app.enqueue(mail, { order: 1 }, { id: "left" })).toMatchObject({ status: "enqueued" });
    }
    await server.start();
    await using later = openApp(server.url, "left");
    await later.enqueue(mail, { order: 2 }, { id: "direct" });
    await expect.poll(() => stored(server.url), { timeout: 50_000 }).toEqual([2, 2]);
  });

  it("refuses what the broker refuses", async () => {
    await using server = await startRedisServer({});
    await using app = openApp(server.url, "refusal");
    const refused = app.enqueue(mail, { order: 1 }, { groupKey: "a" });
    await expect(refused).rejects.toMatchObject({ code: "unsupported" });
  });

  it("says at the first enqueue that its spool cannot be written, and again when it is needed", async () => {
    const { broker, direct } = switched();
    const events: FailoverEvent[] = [];
    // A folder is no database.
    const spool = sqlite({ file: folder });
    const withSpool = failover(broker, { spool, onEvent: (event) => events.push(event) });
    await using app = createApp({ broker: withSpool, tasks: [mail] });
    expect(await app.enqueue(mail, { order: 1 })).toMatchObject({ status: "enqueued" });
    await expect.poll(() => events).toMatchObject([{ type: "spool_failed" }]);
    const diagnoses = await (await withSpool.openQueue("default")).diagnose?.({ longestMs: 0 });
    expect(diagnoses).toContainEqual(expect.objectContaining({ check: "spool", status: "failed" }));
    direct.isAway = true;
    await expect(app.enqueue(mail, { order: 2 })).rejects.toMatchObject({
      code: "broker_unavailable",
      message: expect.stringContaining(folder),
    });
    expect(events).toMatchObject([{ type: "spool_failed" }, { type: "away" }, { type: "spool_failed" }]);
  });

  it.each(["throws", "rejects"])("keeps jobs also where its listener %s", async (how) => {
    const { broker, direct, relayed } = switched();
    const onEvent = () => {
      const fault = new Error("a listener's own fault");
      if (how === "throws") throw fault;
      return Promise.reject(fault);
    };
    const withSpool = failover(broker, { spool: memory(), onEvent: onEvent as () => void });
    await using app = createApp({ broker: withSpool, tasks: [mail] });
    direct.isAway = relayed.isAway = true;
    expect(await app.enqueue(mail, { order: 1 })).toMatchObject({ status: "enqueued" });
    expect(await withSpool.spoolStats()).toMatchObject({ waiting: 1 });
    relayed.isAway = false;
    await expect.poll(() => withSpool.spoolStats()).toMatchObject({ isAway: false, waiting: 0 });
  });

  it("says in a diagnosis whether its spool can be written, and makes none", async () => {
    const file = join(folder, "diagnosed.db");
    const { broker } = switched();
    await using app = createApp({ broker: failover(broker, { spool: sqlite({ file }) }), tasks: [mail] });
    const spoolOf = async () =>
      (await (await app.queue("default")).diagnose?.({ longestMs: 0 }))?.find(
        ({ check }) => check === "spool",
      );
    expect(await spoolOf()).toMatchObject({ status: "unknown" });
    expect(existsSync(file)).toBe(false);
    await app.enqueue(mail, { order: 1 });
    await expect
      .poll(spoolOf)
      .toMatchObject({ status: "ok", message: expect.stringContaining("0 jobs wait") });
  });

  it("counts its spool", async () => {
    const { broker, direct, relayed } = switched();
    const withSpool = failover(broker, { spool: memory() });
    await using app = createApp({ broker: withSpool, tasks: [mail] });
    expect(await withSpool.spoolStats()).toEqual({ isAway: false, waiting: 0, oldestMs: null, dead: 0 });
    direct.isAway = relayed.isAway = true;
    await app.enqueue(mail, { order: 1 });
    expect(await withSpool.spoolStats()).toMatchObject({ isAway: true, waiting: 1, dead: 0 });
    relayed.isAway = false;
    await expect.poll(() => withSpool.spoolStats()).toMatchObject({ isAway: false, waiting: 0 });
  });

  it("keeps the order of a group: a later job waits while an earlier one is in the spool", async () => {
    const { broker, direct, relayed, sends } = switched({ groups: "fair" });
    const events: string[] = [];
    const withSpool = failover(broker, { spool: memory(), onEvent: ({ type }) => events.push(type) });
    const queue = await withSpool.openQueue("mails");
    direct.isAway = relayed.isAway = true;
    await queue.send([message("a1", { groupKey: "a" })]);
    direct.isAway = false;
    // A send while it is away asks the broker once a second.
    await expect
      .poll(
        async () => {
          await queue.send([message(`other-${events.length}`)]);
          return events;
        },
        { timeout: 50_000 },
      )
      .toContain("back");
    await queue.send([message("a2", { groupKey: "a" })]);
    await queue.send([message("direct")]);
    expect(sends.direct.flat()).toEqual(expect.arrayContaining(["direct"]));
    expect(sends.direct.flat()).not.toContain("a2");
    relayed.isAway = false;
    await expect.poll(() => sends.relayed.flat(), { timeout: 50_000 }).toContain("a2");
    const taken = sends.relayed.flat();
    expect(taken.lastIndexOf("a1")).toBeLessThan(taken.indexOf("a2"));
    await withSpool.close();
  });

  it("keeps the order of a group behind what an earlier process has left", async () => {
    const { broker, sends } = switched({ groups: "fair" });
    const left = memory();
    await sendToStore(await left.openQueue("failover"), "mails", [message("a1", { groupKey: "a" })]);
    const looked = moment();
    const spool = withQueues(left, (queue) => ({
      ...queue,
      async stats() {
        await looked.reached;
        return queue.stats();
      },
    }));
    await using withSpool = closing(failover(broker, { spool }));
    const queue = await withSpool.openQueue("mails");
    const sending = queue.send([message("a2", { groupKey: "a" })]);
    await queue.send([message("other")]);
    looked.reach();
    await sending;
    await expect.poll(() => sends.relayed.flat()).toEqual(["a1", "a2"]);
    expect(sends.direct.flat()).toEqual(["other"]);
  });

  it("looks again for what an earlier process has left after the spool could not be read", async () => {
    const { broker, sends } = switched();
    const left = memory();
    await sendToStore(await left.openQueue("failover"), "mails", [message("left")]);
    let looks = 0;
    const spool = withQueues(left, (queue) => ({
      ...queue,
      async stats() {
        // The second one is the check of the first send.
        if (++looks <= 2) throw unavailable();
        return queue.stats();
      },
    }));
    await using withSpool = closing(failover(broker, { spool, onEvent: () => {} }));
    const queue = await withSpool.openQueue("mails");
    const sendOne = async () => {
      await queue.send([message("direct")]);
      return sends.relayed.flat();
    };
    await expect.poll(sendOne, { timeout: 50_000 }).toEqual(["left"]);
  });

  it("starts its relay again after an error of the spool that is no outage, and warns once", async () => {
    const { broker, direct, relayed, sends } = switched();
    const store = memory();
    let faults = 2;
    const spool: Broker = {
      ...store,
      async openConsumer(name, options) {
        if (faults-- > 0) throw new ConfigError("sqlite: its tables are of a newer release.");
        return store.openConsumer(name, options);
      },
    };
    const events: FailoverEvent[] = [];
    await using withSpool = closing(failover(broker, { spool, onEvent: (event) => events.push(event) }));
    direct.isAway = true;
    await (await withSpool.openQueue("mails")).send([message("kept")]);
    await expect.poll(() => sends.relayed.flat()).toEqual(["kept"]);
    expect(relayed.isAway).toBe(false);
    expect(events.filter(({ type }) => type === "send_failed")).toMatchObject([
      { error: { code: "invalid_config" } },
    ]);
  });

  it("says once that the broker refuses what the spool keeps for a reason that is no outage", async () => {
    const { broker, direct, relayed, sends } = switched();
    const events: FailoverEvent[] = [];
    await using withSpool = closing(
      failover(broker, { spool: memory(), onEvent: (event) => events.push(event) }),
    );
    direct.isAway = true;
    relayed.refusals = 2;
    await (await withSpool.openQueue("mails")).send([message("kept")]);
    await expect.poll(() => sends.relayed.flat()).toEqual(["kept"]);
    expect(events.map(({ type }) => type)).toEqual(["away", "send_failed", "back", "moved"]);
    expect(events[1]).toMatchObject({ error: { code: "invalid_config" } });
  });

  it("sends a job that was kept while its relay found nothing more", async () => {
    const { broker, direct, sends } = switched();
    direct.isAway = true;
    const store = memory();
    let keepOneMore: (() => Promise<unknown>) | undefined;
    const spool = withQueues(store, (queue) => ({
      ...queue,
      async stats() {
        const stats = await queue.stats();
        const hook = stats.leased.n === 0 && stats.ready.n === 0 ? keepOneMore : undefined;
        if (hook !== undefined) keepOneMore = undefined;
        await hook?.();
        return stats;
      },
    }));
    const withSpool = failover(broker, { spool });
    const queue = await withSpool.openQueue("mails");
    await expect.poll(() => sends.relayed).toEqual([]);
    await queue.send([message("first")]);
    keepOneMore = () => queue.send([message("second")]);
    await expect.poll(() => sends.relayed.flat()).toEqual(["first", "second"]);
    await withSpool.close();
  });
});

/** A broker that is away for the failover's own sends, or for those of its relay. */
function switched(capabilities: Partial<Capabilities> = {}) {
  const target = memory({ capabilities });
  const direct = { isAway: false };
  const relayed = { isAway: false, refusals: 0 };
  const sends = { direct: [] as (readonly string[])[], relayed: [] as (readonly string[])[] };
  const broker = withQueues(target, (queue) => ({
    ...queue,
    async send(messages, options) {
      const way = options?.timeoutMs === ANSWER_MS ? "direct" : "relayed";
      if ({ direct, relayed }[way].isAway) throw unavailable();
      if (way === "relayed" && relayed.refusals-- > 0) throw new ConfigError("its settings are wrong.");
      sends[way].push(messages.map(({ id }) => id));
      return queue.send(messages, options);
    },
  }));
  return { broker, direct, relayed, sends };
}

/** The same broker, closed at the end of its scope. */
function closing<T extends Broker>(broker: T): T & AsyncDisposable {
  return { ...broker, [Symbol.asyncDispose]: () => broker.close() };
}
