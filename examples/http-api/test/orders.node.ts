// #region node-test
import assert from "node:assert/strict";
import { test } from "node:test";
import { expectEnqueued, expectNotEnqueued } from "@jobs/testing";
import { fake } from "@jobs/testing/node-test";
import { api } from "../src/api.ts";
import { app } from "../src/app.ts";
import { askForReview, charge } from "../src/tasks.ts";

const jobs = fake(app);

test("an order is charged", async () => {
  const body = JSON.stringify({ order: 7, cents: 500, to: "a@b.c" });
  const response = await api.request("/orders", { method: "POST", body });
  assert.equal(response.status, 202);
  expectEnqueued(app, charge, { order: 7 });
  expectNotEnqueued(app, askForReview);

  await jobs.runAll();
  expectEnqueued(app, askForReview, { order: 7 }, { delayMs: 7 * 24 * 3_600_000 });
});
// #endregion

test("each test starts without jobs", () => {
  expectNotEnqueued(app);
});
