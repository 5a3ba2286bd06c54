import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { defineTask, handle } from "@jobs/core";
import { expect, test } from "vitest";
import { createTestApp } from "../src/index.ts";
import { app, charge, mail, ship } from "./shop.ts";

const run = promisify(execFile);

test("runAll runs what is ready, follow-up jobs included, and gives the outcomes [W17]", async () => {
  await using t = createTestApp(app);
  await t.app.enqueue(charge, { order: 1, cents: 500 });
  expect(await t.runAll()).toMatchObject([
    { task: "charge", status: "succeeded", attempt: 1, result: { paid: 500 }, queue: "default" },
    { task: "ship", status: "succeeded", result: null, queue: "warehouse" },
  ]);
  t.expectEnqueued(mail, { to: "a@b.c" }, { delayMs: 60_000, queue: "mail", count: 1 });
});

test("what is delayed stays until its time has come [W17]", async () => {
  await using t = createTestApp(app);
  await t.app.enqueue(charge, { order: 1, cents: 500 });
  await t.runAll();
  expect(await t.advance(59_999)).toEqual([]);
  expect(await t.advance(1)).toMatchObject([{ task: "send_email", status: "succeeded" }]);
  t.expectNothingEnqueued();
});

test("a job sent to a queue where no task is at home runs as well", async () => {
  await using t = createTestApp(app);
  await t.app.enqueue(mail, { to: "a@b.c", subject: "now" }, { queue: "urgent" });
  expect(await t.runAll()).toMatchObject([{ status: "succeeded", queue: "urgent" }]);
});

test("queues narrow what is run", async () => {
  await using t = createTestApp(app);
  await t.app.enqueue(ship, { order: 1 });
  await t.app.enqueue(mail, { to: "a@b.c", subject: "Hi" });
  expect(await t.runAll({ queues: ["mail"] })).toMatchObject([{ task: "send_email" }]);
  t.expectEnqueued(ship, { order: 1 });
});

test("runAll waits for real input and output inside a handler, however long, without time passing", async () => {
  await using t = createTestApp(app, {
    handlers: [handle(mail, async () => (await run(process.execPath, ["-p", "'sent'"])).stdout.trim())],
  });
  await t.app.enqueue(mail, { to: "a@b.c", subject: "Hi" });
  const startedAt = t.clock.now();
  expect(await t.runAll()).toMatchObject([{ status: "succeeded", result: "sent" }]);
  expect(t.clock.now()).toBe(startedAt);
});

test("a handler that enqueues itself for ever fails the test instead of hanging it", async () => {
  const loop = defineTask("loop", {});
  await using t = createTestApp({
    tasks: [loop],
    handlers: [handle(loop, async (_, ctx) => void (await ctx.enqueue(loop, {})))],
  });
  await t.app.enqueue(loop, {});
  await expect(t.runAll({ maxRuns: 50 })).rejects.toThrow(/50 runs, and more jobs are still ready \(loop\)/);
});

test("a paused queue keeps its jobs and does not keep runAll from ending", async () => {
  await using t = createTestApp(app);
  await t.app.enqueue(ship, { order: 1 });
  await (await t.app.queue("warehouse")).pause();
  expect(await t.runAll()).toEqual([]);
  t.expectEnqueued(ship);
});

test("stand-ins give canned results; all other handlers stay [C29]", async () => {
  await using t = createTestApp(app, { handlers: [handle(charge, () => ({ paid: "canned" }))] });
  await t.app.enqueue(charge, { order: 1, cents: 0 });
  await t.app.enqueue(ship, { order: 2 });
  expect(await t.runAll()).toMatchObject([
    { task: "charge", status: "succeeded", result: { paid: "canned" } },
    { task: "ship", status: "succeeded" },
  ]);
});

test("an app without handlers says so when there is something to run", async () => {
  await using t = createTestApp({ tasks: [mail] });
  expect(await t.runAll()).toEqual([]);
  await t.app.enqueue(mail, { to: "a@b.c", subject: "Hi" });
  await expect(t.runAll()).rejects.toMatchObject({ code: "invalid_config" });
});
