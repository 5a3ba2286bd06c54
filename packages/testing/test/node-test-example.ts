// #region node-test
import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestApp } from "@jobs/testing";
import { app, charge, ship } from "./shop.ts";

test("a paid order is shipped", async () => {
  await using t = createTestApp(app);
  await t.app.enqueue(charge, { order: 1, cents: 500 });
  const [charged] = await t.runAll({ queues: ["default"] });
  assert.equal(charged?.status, "succeeded");
  t.expectEnqueued(ship, { order: 1 });
});
// #endregion

test("a failing expectation is reported with what is stored", async () => {
  await using t = createTestApp(app);
  await t.app.enqueue(ship, { order: 7 });
  assert.throws(() => t.expectEnqueued(ship, { order: 8 }), /one job is stored:\n {2}ship \{ order: 7 \}/);
});
