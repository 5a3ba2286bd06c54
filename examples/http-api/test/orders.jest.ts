// #region jest
import { expect, test } from "@jest/globals";
import { fake } from "@jobs/testing/jest";
import { api } from "../src/api.ts";
import { app } from "../src/app.ts";
import { askForReview, charge, sendReceipt } from "../src/tasks.ts";

const jobs = fake(app);

test("an order is charged, and its buyer gets a receipt", async () => {
  const body = JSON.stringify({ order: 7, cents: 500, to: "a@b.c" });
  const response = await api.request("/orders", { method: "POST", body });
  expect(response.status).toBe(202);
  expect(app).toHaveEnqueued(charge, { order: expect.any(Number) });
  expect(jobs).toHaveEnqueued(sendReceipt, { to: "a@b.c" });
  expect(app).not.toHaveEnqueued(askForReview);
});
// #endregion

test("each test starts without jobs, and a failure lists what there is", async () => {
  expect(jobs.jobs()).toEqual([]);
  await app.enqueue(charge, { order: 1, cents: 2 });
  expect(() => expect(app).toHaveEnqueued(charge, { order: 2 })).toThrow("← params.order");
  expect(() => expect(app).not.toHaveEnqueued(charge)).toThrow("expected no enqueued job");
});
