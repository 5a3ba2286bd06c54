// #region vitest
import { fake } from "@jobs/testing/vitest";
import { expect, test } from "vitest";
import { api } from "../src/api.ts";
import { app } from "../src/app.ts";
import { askForReview, charge, sendReceipt } from "../src/tasks.ts";

const jobs = fake(app); // for this file: empty before each test, gone after the last one

function post(order: object): Promise<Response> | Response {
  return api.request("/orders", { method: "POST", body: JSON.stringify(order) });
}

test("an order is charged, and its buyer gets a receipt", async () => {
  const response = await post({ order: 7, cents: 500, to: "a@b.c" });
  expect(response.status).toBe(202);
  expect(app).toHaveEnqueued(charge, { order: 7, cents: 500 });
  expect(app).toHaveEnqueued(sendReceipt, { to: expect.stringMatching(/@/) }, { queue: "mail", count: 1 });
  expect(app).not.toHaveEnqueued(askForReview);
});

test("a week after the charge the buyer is asked for a review", async () => {
  await post({ order: 7, cents: 500, to: "a@b.c" });
  await jobs.runAll(); // with the handlers of the app
  expect(app).toHaveEnqueued(askForReview, { order: 7 }, { delayMs: 7 * 24 * 3_600_000 });
  await jobs.advance("7d");
  expect(jobs.outcomes.at(-1)).toMatchObject({ task: "ask_for_review", status: "succeeded" });
});
// #endregion

test("an order that cannot be charged is tried three times", async () => {
  await post({ order: 8, cents: 0, to: "a@b.c" });
  await jobs.advance("1h");
  expect(jobs.dead(charge)).toMatchObject([{ params: { order: 8 }, reason: "exhausted" }]);
});
