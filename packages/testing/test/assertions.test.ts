import { AssertionError } from "node:assert";
import { readFileSync } from "node:fs";
import { createApp, type Task } from "@jobs/core";
import { FAKE_ADVICE } from "@jobs/core/testing";
import { beforeEach, describe, expect, test } from "vitest";
import { expectEnqueued, expectNotEnqueued } from "../src/index.ts";
import { fake } from "../src/vitest.ts";
import { app, charge, mail, ship } from "./shop.ts";

const jobs = fake(app);

beforeEach(async () => {
  await app.enqueue(ship, { order: 7 });
  await app.enqueue(mail, { to: "x@y.z", subject: "Hi" }, { delayMs: 300_000 });
  await app.enqueue(mail, { to: "x@y.z", subject: "Bye" });
});

const unmet = [
  `expected an enqueued job of "send_email" with { to: 'a@b.c', subject: 'Bye' }, but 3 jobs were enqueued:`,
  `  send_email { to: 'x@y.z', subject: 'Bye' } in queue "mail": ready ← params.to`,
  `  send_email { to: 'x@y.z', subject: 'Hi' } in queue "mail": due in 5m ← params.to, params.subject`,
  `  ship { order: 7 } in queue "warehouse": ready`,
].join("\n");

function failureOf(assertion: () => unknown): AssertionError {
  try {
    assertion();
  } catch (error) {
    if (error instanceof AssertionError) return error;
  }
  throw new Error("the expectation did not fail");
}

describe("expectEnqueued", () => {
  test("takes the app or its fake, parts of parameters, matchers and options, and gives back the jobs", () => {
    const found = expectEnqueued(app, mail, { to: expect.stringMatching(/@/) }, { count: 2, queue: "mail" });
    expect(found.map(({ params }) => params.subject)).toEqual(["Hi", "Bye"]);
    expectEnqueued(jobs, mail, { subject: "Hi" }, { delayMs: 300_000 });
    expectEnqueued(jobs, charge, {}, { count: 0 });
    expectEnqueued(jobs, mail, expect.objectContaining({ subject: "Hi" }));
  });

  test("shows what was enqueued instead, the nearest first, with what differs", () => {
    const error = failureOf(() => expectEnqueued(app, mail, { to: "a@b.c", subject: "Bye" }));
    expect(error.message).toBe(unmet);
    expect(error.stack?.split("\n").find((line) => line.includes(" at "))).toContain("assertions.test.ts");
    expect(failureOf(() => expectEnqueued(app, ship, {}, { queue: "mail", priority: 3 })).message).toContain(
      "ready ← queue, priority\n",
    );
    expect(failureOf(() => expectEnqueued(app, mail, {}, { count: 3 })).message).toContain(
      "but 2 found; 3 jobs",
    );
  });

  test("refuses what is no task, and an unknown option", () => {
    expect(() => expectEnqueued(app, "ship" as unknown as Task)).toThrow("expectEnqueued: the task");
    expect(() => expectEnqueued(app, ship, {}, { times: 1 } as never)).toThrow("times");
  });
});

test("expectNotEnqueued wants no such job, or none at all", async () => {
  expectNotEnqueued(app, charge);
  expectNotEnqueued(app, mail, { to: "a@b.c" });
  expect(failureOf(() => expectNotEnqueued(app, ship)).message).toBe(
    'expected no enqueued job of "ship", but one job was enqueued:\n  ship { order: 7 } in queue "warehouse": ready',
  );
  expect(failureOf(() => expectNotEnqueued(app)).message).toMatch(/expected no enqueued jobs, but 3 jobs/);
  await jobs.clear();
  expectNotEnqueued(app);
  expect(failureOf(() => expectEnqueued(app, ship)).message).toContain("but nothing was enqueued.");
});

describe("toHaveEnqueued of vitest", () => {
  test("passes and fails as expectEnqueued does, with the same text", () => {
    expect(app).toHaveEnqueued(ship, { order: 7 }, { count: 1 });
    expect(jobs).toHaveEnqueued(mail, { to: expect.any(String) });
    expect(app).not.toHaveEnqueued(charge);
    expect(() => expect(app).toHaveEnqueued(mail, { to: "a@b.c", subject: "Bye" })).toThrow(unmet);
    expect(() => expect(app).not.toHaveEnqueued(ship)).toThrow('expected no enqueued job of "ship"');
  });

  test("parameters have the types of the task", () => {
    // @ts-expect-error: not a parameter of this task
    expect(app).not.toHaveEnqueued(ship, { parcel: 1 });
    // @ts-expect-error: of another type
    expect(app).not.toHaveEnqueued(ship, { order: "7" });
  });
});

describe("fake of the vitest entry in a test", () => {
  const own = createApp({ tasks: [ship] });

  test("holds for this test", async () => {
    fake(own);
    await own.enqueue(ship, { order: 1 });
    expect(own).toHaveEnqueued(ship);
  });

  test("has ended in the next one", () => {
    expect(() => expectNotEnqueued(own)).toThrow("this app has no fake");
  });
});

test("an assertion on an app without a fake names fake(app) and the page that explains it", () => {
  const forgotten = createApp({ tasks: [ship] });
  for (const assertion of [
    () => expectEnqueued(forgotten, ship),
    () => expectNotEnqueued(forgotten),
    () => expect(forgotten).toHaveEnqueued(ship),
  ]) {
    expect(assertion).toThrow(FAKE_ADVICE);
  }
  const { pathname, hash } = new URL(FAKE_ADVICE.match(/https:\S+/)?.[0] ?? "");
  const page = pathname.replace(/^.*\/blob\/main\//, "../../../");
  const headings = [...readFileSync(new URL(page, import.meta.url), "utf8").matchAll(/^#+ (.*)$/gm)];
  const anchors = headings.map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\w -]/g, "")
      .replaceAll(" ", "-"),
  );
  expect(anchors).toContain(hash.slice(1));
});
