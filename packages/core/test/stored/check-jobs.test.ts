import { memory } from "@jobs/adapter-memory";
import { createApp, defineSchedule, defineTask, handle, upcast } from "@jobs/core";
import { encodeEnvelope } from "@jobs/core/broker";
import type { CheckedJobs } from "@jobs/core/runtime";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const address = z.object({ street: z.string(), zip: z.string() });

/** All refused groups, each as one line with its reasons. */
function refusedOf({ queues }: CheckedJobs): readonly string[] {
  return queues.flatMap(({ signatures }) =>
    signatures
      .filter(({ refused }) => refused > 0)
      .map(({ state, task, sig, refused, count, reasons }) => {
        const why = reasons.map(
          ({ outcome, path, problem, count: n }) => `${n} ${outcome} ${path} ${problem}`,
        );
        return `${state} ${task}(${sig}): ${refused}/${count}: ${why.join(" · ")}`;
      }),
  );
}

const oldMail = defineTask(
  "send_email",
  z.object({ to: z.string(), addr: z.object({ street: z.string() }) }),
);
const newMail = defineTask("send_email", z.object({ to: z.string(), addr: address }));
const gone = defineTask("gone", ["a"]);
const renamed = defineTask("resize", { width: "integer" }, { aliases: ["shrink"] });
const shrink = defineTask("shrink", { width: "integer" });

describe("app.checkJobs", () => {
  it("finds what a worker of the new release would not run, and runs nothing", async () => {
    const broker = memory();
    const old = createApp({ broker, tasks: [oldMail, gone, shrink] });
    const secret = "secret-street";
    const first = await old.enqueue(oldMail, { to: "a", addr: { street: secret } });
    await old.enqueue(oldMail, { to: "a", addr: { street: secret } }, { delayMs: 60_000 });
    await old.enqueue(gone, { a: 1 });
    await old.enqueue(shrink, { width: 3 });
    const ran: string[] = [];
    await using app = createApp({
      broker,
      tasks: [newMail, renamed],
      handlers: [handle(newMail, () => ran.push("mail")), handle(renamed, () => ran.push("resize"))],
    });
    const look = async () => {
      const { messages } = await (await app.queue("default")).peek({ state: "ready", limit: 10 });
      return messages.map(({ messageId, deliveryCount }) => [messageId, deliveryCount]);
    };
    const before = await look();
    const checked = await app.checkJobs();
    expect(refusedOf(checked)).toEqual([
      "ready send_email(addr,to): 1/1: 1 held /addr/zip must be string, got undefined",
      "ready gone(a): 1/1: 1 held undefined this release has no such task, and no alias of that name",
      "delayed send_email(addr,to): 1/1: 1 held /addr/zip must be string, got undefined",
    ]);
    expect(checked).toMatchObject({ checked: 4, refused: 3, unchecked: 0 });
    expect(checked.queues[0]?.signatures[0]?.reasons[0]?.example).toBe(first.id);
    expect(JSON.stringify(checked)).not.toContain(secret);
    expect(await look()).toEqual(before);
    expect(ran).toEqual([]);
    await old.close();
  });

  it("decides as the worker does about compat, onMismatch, other systems and broken bodies", async () => {
    const broker = memory();
    const wide = defineTask("t", { a: "integer", b: "integer?" });
    await using old = createApp({ broker, tasks: [wide] });
    await old.enqueue(wide, { a: 1, b: 2 });
    const queue = await old.queue("default");
    await queue.send([
      { id: "x", label: "t", body: '{"task_name":"t","task_payload":{"a":"no"}}' },
      { id: "y", label: "t", body: "{" },
      { id: "z", label: "t", body: '{"v":99}' },
    ]);
    const narrow = { a: "integer" } as const;
    const check = async (options: object, worker = {}) =>
      refusedOf(await createApp({ broker, tasks: [defineTask("t", narrow, options)], worker }).checkJobs());
    const unreadable = [
      "1 dead undefined the message is not a job's envelope: v must be 1. ",
      "1 dead undefined the message cannot be trusted: it is not JSON from character 1 on.",
    ];
    expect((await check({}))[0]).toContain("ready null(null): 3/3");
    expect((await check({}))[0]).toContain(unreadable[1]);
    expect((await check({}))[0]).toContain("held undefined");
    expect(await check({}, { codecs: ["simple-worker"] })).toEqual([
      expect.stringContaining("ready null(null): 2/2"),
      "ready t(a,b?): 1/1: 1 held /b unexpected",
      "ready t(): 1/1: 1 held /a must be integer, got string",
    ]);
    expect(await check({ compat: "additive", onMismatch: "dead" }, { codecs: ["simple-worker"] })).toEqual([
      expect.stringContaining("ready null(null): 2/2"),
      "ready t(): 1/1: 1 dead /a must be integer, got string",
    ]);
  });

  it("groups equal reasons, and shows no keys of records and no inside of redacted parameters", async () => {
    const broker = memory();
    const before = defineTask("t", { list: "array", map: "object", card: "object" });
    const numbers = z.record(z.string(), z.number());
    const after = defineTask("t", z.object({ list: z.array(z.number()), map: numbers, card: numbers }), {
      redact: ["card"],
    });
    await using old = createApp({ broker, tasks: [before] });
    const params = { list: ["x", 1, "y"], map: { "ann@example.com": "x" }, card: { number: "4111" } };
    await old.enqueueMany([
      [before, params],
      [before, params],
    ]);
    const checked = await createApp({ broker, tasks: [after] }).checkJobs();
    expect(checked.queues[0]?.signatures[0]?.reasons).toEqual([
      expect.objectContaining({ path: "/list/*", count: 2 }),
      expect.objectContaining({ path: "/map/*", count: 2 }),
      expect.objectContaining({ path: "/card", count: 2 }),
    ]);
    expect(JSON.stringify(checked)).not.toMatch(/ann|4111/);
  });

  it("names the step that fails for a job of an earlier version, and quotes nothing of its error", async () => {
    const broker = memory();
    const before = defineTask("t", { a: "string" });
    const step = upcast({ a: "string" }, ({ a }) => {
      if (a === "secret-1") throw new RangeError(a);
      return { b: (a === "secret-2" ? "x" : 1) as number };
    });
    const after = defineTask("t", { b: "number" }, { version: 2, from: { 1: step } });
    await using old = createApp({ broker, tasks: [before] });
    for (const a of ["secret-1", "secret-2", "fits"]) await old.enqueue(before, { a });
    const checked = await createApp({ broker, tasks: [after] }).checkJobs();
    expect(refusedOf(checked)).toEqual([
      "ready t(a): 2/3: 1 dead undefined the step from version 1 to 2 threw RangeError · " +
        "1 dead /b must be number, got string after the step from version 1 to 2",
    ]);
    expect(JSON.stringify(checked)).not.toContain("secret");
  });

  it("awaits schemas with asynchronous rules", async () => {
    const broker = memory();
    const plain = defineTask("t", { a: "integer" });
    const slow = defineTask("t", z.object({ a: z.int().refine(async (a) => a % 2 === 0, "must be even") }));
    await using old = createApp({ broker, tasks: [plain] });
    await old.enqueueMany(Array.from({ length: 120 }, (_, a) => [plain, { a }] as const));
    const checked = await createApp({ broker, tasks: [slow] }).checkJobs();
    expect(refusedOf(checked)).toEqual(["ready t(a): 60/120: 60 held /a must be even, got number"]);
  });

  it("says that values which a flow took fit no release", async () => {
    const broker = memory();
    const next = defineTask("next", { n: "integer" });
    await using app = createApp({ broker, tasks: [next] });
    const job = { v: 1, task: "next", params: { n: "text" }, id: "x", sig: "n" };
    const body = encodeEnvelope({
      ...job,
      enqueuedAt: "2026-01-31T12:00:00.000Z",
      unchecked: { n: "user.n" },
    });
    await (await app.queue("default")).send([{ id: "x", label: "next", body }]);
    const { signatures } = (await app.checkJobs()).queues[0]!;
    expect(signatures[0]?.reasons).toEqual([
      expect.objectContaining({ outcome: "dead", path: "/n", problem: "must be integer, got string" }),
    ]);
  });

  it("checks what schedules will send, also stored ones whose task is gone", async () => {
    const broker = memory();
    const every = { everyMs: 60_000 };
    const report = defineTask("report", { day: "string" });
    const old = createApp({ broker, tasks: [report, gone], storedSchedules: true });
    await old.schedules.set("nightly", { ...every, task: report, params: { day: "monday" } });
    await old.schedules.set("lost", { ...every, task: gone, params: { a: 1 } });
    await old.schedules.set("fits", { ...every, task: report, params: { day: "monday" } });
    const changed = defineTask(
      "report",
      z.object({ day: z.string().refine(async (day) => day === "friday") }),
    );
    const schedules = [defineSchedule("fits", { ...every, task: changed, params: { day: "friday" } })];
    await using app = createApp({ broker, tasks: [changed], schedules, storedSchedules: true });
    const checked = await app.checkJobs();
    expect(checked.refused).toBe(2);
    expect(
      checked.schedules.map(({ name, isStored, reasons: [why] }) => [name, isStored, why?.problem]),
    ).toEqual([
      ["fits", false, undefined],
      ["lost", true, "this release has no such task, and no alias of that name"],
      ["nightly", true, "must be valid (Invalid input), got string"],
    ]);
    await old.close();
  });

  it("stops at its sample, and says that it has not seen all", async () => {
    const broker = memory();
    await using app = createApp({ broker, tasks: [shrink] });
    await app.enqueueMany(Array.from({ length: 5 }, () => [shrink, { width: 1 }] as const));
    expect((await app.checkJobs({ sample: 3 })).queues[0]).toMatchObject({
      isComplete: false,
      source: "queue",
    });
    expect(await app.checkJobs({ states: ["dead"] })).toMatchObject({ checked: 0 });
    await expect(app.checkJobs({ sample: 0 })).rejects.toMatchObject({ code: "invalid_config" });
  });
});
