import { AssertionError } from "node:assert";
import { defineTask } from "@jobs/core";
import { describe, expect, test } from "vitest";
import { createTestApp } from "../src/index.ts";
import { app, charge, mail, ship } from "./shop.ts";

function failureOf(assertion: () => unknown): AssertionError {
  try {
    assertion();
  } catch (error) {
    if (error instanceof AssertionError) return error;
  }
  throw new Error("the expectation did not fail");
}

describe("expectEnqueued", () => {
  test("finds jobs by part of their parameters and gives them back, typed", async () => {
    await using t = createTestApp(app);
    await t.app.enqueue(mail, { to: "a@b.c", subject: "Hi" });
    await t.app.enqueue(mail, { to: "x@y.z", subject: "Hi" }, { priority: 7, headers: { tenant: "t1" } });
    expect(t.expectEnqueued(mail)).toHaveLength(2);
    const [job] = t.expectEnqueued(mail, { to: "x@y.z" }, { priority: 7, headers: { tenant: "t1" } });
    expect(job?.params.subject).toBe("Hi");
    expect(job).toMatchObject({ queue: "mail", state: "ready", delayMs: 0, failures: 0 });
    t.expectEnqueued(mail, { to: expect.stringContaining("@") }, { count: 2 });
    t.expectEnqueued(mail, { to: "nobody" }, { count: 0 });
  });

  test("compares objects by their parts and lists as a whole", async () => {
    const nested = defineTask("nested", { address: "object", tags: "array" });
    await using t = createTestApp({ tasks: [nested] });
    await t.app.enqueue(nested, { address: { city: "Rome", zip: "00100" }, tags: ["a", "b"] });
    t.expectEnqueued(nested, { address: { city: "Rome" } });
    t.expectEnqueued(nested, { tags: ["a", "b"] });
    expect(() => t.expectEnqueued(nested, { tags: ["a"] })).toThrow(AssertionError);
    expect(() => t.expectEnqueued(nested, { address: { city: "Bonn" } })).toThrow(AssertionError);
  });

  test("says what is stored instead, parameters included", async () => {
    await using t = createTestApp(app);
    await t.app.enqueue(mail, { to: "x@y.z", subject: "Hi" }, { delayMs: 300_000 });
    await t.app.enqueue(ship, { order: 7 });
    const error = failureOf(() => t.expectEnqueued(mail, { to: "a@b.c" }));
    expect(error.message).toBe(
      [
        `expected a stored job of "send_email" with { to: 'a@b.c' }, but 2 jobs are stored:`,
        `  send_email { to: 'x@y.z', subject: 'Hi' } in queue "mail": due in 5m ← params.to`,
        `  ship { order: 7 } in queue "warehouse": ready`,
      ].join("\n"),
    );
    expect(error).toMatchObject({ expected: [{ to: "a@b.c" }], actual: [{ to: "x@y.z", subject: "Hi" }] });
    expect(error.stack?.split("\n").find((line) => line.includes(" at "))).toContain("expectations.test.ts");
  });

  test("says so when nothing is stored, and when the number or the moment is wrong", async () => {
    await using t = createTestApp(app);
    expect(failureOf(() => t.expectEnqueued(charge)).message).toBe(
      'expected a stored job of "charge", but nothing is stored.',
    );
    await t.app.enqueue(ship, { order: 1 });
    expect(failureOf(() => t.expectEnqueued(ship, {}, { count: 2 })).message).toMatch(
      /^expected 2 stored jobs of "ship" with \{\}, but 1 found; one job is stored:/,
    );
    expect(failureOf(() => t.expectEnqueued(ship, {}, { delayMs: 60_000 })).message).toContain("delay: '1m'");
    expect(failureOf(() => t.expectEnqueued(ship, {}, { at: new Date(0) })).message).toContain("1970");
    t.expectEnqueued(ship, {}, { at: new Date(t.clock.now()) });
  });

  test("shows ten jobs at most", async () => {
    await using t = createTestApp(app);
    for (let order = 0; order < 12; order++) await t.app.enqueue(ship, { order });
    expect(failureOf(() => t.expectNothingEnqueued()).message).toMatch(/12 jobs are stored:.*… and 2 more$/s);
  });
});

test("expectNothingEnqueued passes once all has run, and lists what has not", async () => {
  await using t = createTestApp(app);
  t.expectNothingEnqueued();
  await t.app.enqueue(charge, { order: 1, cents: -1 });
  expect(failureOf(() => t.expectNothingEnqueued()).message).toContain("charge { order: 1, cents: -1 }");
  await t.runAll();
  expect(failureOf(() => t.expectNothingEnqueued()).message).toContain("failed 1×");
  await t.advance("1h");
  t.expectNothingEnqueued();
  expect(t.dead(charge)).toMatchObject([{ task: "charge", params: { order: 1 }, reason: "exhausted" }]);
  expect(t.dead(mail)).toEqual([]);
});

test("enqueued lists jobs of one task or of all, in the order in which they were sent", async () => {
  await using t = createTestApp(app);
  await t.app.enqueue(ship, { order: 1 });
  await t.app.enqueue(mail, { to: "a@b.c", subject: "Hi" });
  await t.app.enqueue(ship, { order: 2 }, { delayMs: 1 });
  expect(t.enqueued().map(({ task }) => task)).toEqual(["ship", "send_email", "ship"]);
  expect(t.enqueued(ship).map(({ params }) => params.order)).toEqual([1, 2]);
});

test("a message that is no envelope is shown, and set aside by the worker", async () => {
  await using t = createTestApp(app);
  const queue = await t.app.queue("mail");
  await queue.send([{ id: "foreign", label: "send_email", body: "{}" }]);
  expect(t.enqueued()).toMatchObject([{ id: "foreign", task: "send_email", params: undefined }]);
  await t.runAll();
  expect(t.dead()).toMatchObject([{ id: "foreign", reason: "undecodable", params: undefined }]);
});
