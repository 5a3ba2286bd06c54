import { defineTask, handle } from "@jobs/core";
import { expect, test } from "vitest";
import { createTestApp } from "../src/index.ts";
import { app, mail } from "./shop.ts";

const oldAdd = defineTask("add", { a: "number", b: "number" });
const newAdd = defineTask("add", { a: "number", b: "number", scale: "number" });
const withHandler = { tasks: [newAdd], handlers: [handle(newAdd, ({ a, b, scale }) => (a + b) * scale)] };

test("a mismatch is caught where the job is enqueued, with both sides named [W16]", async () => {
  await using t = createTestApp(app);
  const wrong = { to: "a@b.c", title: "Hi" } as never;
  await expect(t.app.enqueue(mail, wrong)).rejects.toThrow(
    'task "send_email" refused at enqueue: missing subject; unexpected title',
  );
  await expect(t.app.enqueueByName("send_email", { to: 1, subject: "Hi" } as never)).rejects.toMatchObject({
    code: "signature_mismatch",
  });
  t.expectNothingEnqueued();
});

test("what JSON would change is refused, as on every broker [W16]", async () => {
  await using t = createTestApp({ tasks: [defineTask("any", { value: "any" })] });
  await expect(t.app.enqueueByName("any", { value: new Date(0) } as never)).rejects.toMatchObject({
    code: "not_json",
  });
});

test("a job of an older release is held by the newer worker, then set aside [W16]", async () => {
  await using before = createTestApp({ tasks: [oldAdd] });
  await using after = createTestApp(withHandler, { beside: before });
  const { id } = await before.app.enqueue(oldAdd, { a: 1, b: 2 });
  await after.advance("1h");
  expect(after.outcomes.map(({ status }) => status)).toEqual([
    "held",
    "held",
    "held",
    "held",
    "held",
    "dead",
  ]);
  expect(after.dead(newAdd)).toMatchObject([{ id, reason: "signature_mismatch", failures: 0 }]);
});

test("a job of an older release runs where an old worker is still at work [W16]", async () => {
  await using before = createTestApp({ tasks: [oldAdd], handlers: [handle(oldAdd, ({ a, b }) => a + b)] });
  await using after = createTestApp(withHandler, { beside: before });
  await before.app.enqueue(oldAdd, { a: 1, b: 2 });
  expect(await after.runAll()).toMatchObject([{ status: "held", delayMs: 30_000 }]);
  expect(await before.advance("30s")).toMatchObject([{ status: "succeeded", result: 3 }]);
});
