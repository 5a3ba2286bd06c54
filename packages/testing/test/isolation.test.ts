import { createApp, defineTask, handle } from "@jobs/core";
import { describe, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../src/index.ts";
import { app, mail, ship } from "./shop.ts";

const hi = { to: "a@b.c", subject: "Hi" };
const flaky = defineTask("flaky", {}, { maxAttempts: 4 });
const flakyOptions = {
  tasks: [flaky],
  handlers: [
    handle(flaky, () => {
      throw new Error("again");
    }),
  ],
};

test("two test apps of one app do not see each other", async () => {
  await using a = createTestApp(app);
  await using b = createTestApp(app);
  await Promise.all([a.app.enqueue(mail, hi), b.app.enqueue(ship, { order: 1 })]);
  expect(a.enqueued().map(({ task }) => task)).toEqual(["send_email"]);
  await Promise.all([a.advance("1h"), b.advance("2h")]);
  expect(a.outcomes.map(({ task }) => task)).toEqual(["send_email"]);
  expect(b.outcomes.map(({ task }) => task)).toEqual(["ship", "send_email"]);
  expect(b.clock.now() - a.clock.now()).toBe(3_600_000);
});

test("the app given stays as it is, in use or not, and its broker is never touched", async () => {
  const own = createApp({ tasks: [mail] });
  await using t = createTestApp(own);
  await t.app.enqueue(mail, hi);
  await expect(async () => own.enqueue(mail, hi)).rejects.toThrow("this app has no broker");
  await using again = createTestApp(t.app);
  again.expectNothingEnqueued();
});

describe("prefix isolation [W18]", () => {
  const plain = { tasks: [mail], handlers: [handle(mail, () => {})] };

  test("the app's prefix is on the broker's queue and nowhere else", async () => {
    await using t = createTestApp(app);
    expect(await t.app.enqueue(mail, hi)).toMatchObject({ queue: "mail" });
    expect((await t.app.queue("mail")).name).toBe("shop-mail");
    expect(t.enqueued()).toMatchObject([{ queue: "mail" }]);
  });

  test("apps of different prefixes on one broker see their own jobs only", async () => {
    await using a = createTestApp({ ...plain, queuePrefix: "a-" });
    await using b = createTestApp({ ...plain, queuePrefix: "b-" }, { beside: a });
    await a.app.enqueue(mail, hi);
    b.expectNothingEnqueued();
    expect(await b.runAll()).toEqual([]);
    expect(await a.runAll()).toHaveLength(1);
  });

  test("apps of one prefix on one broker share their jobs", async () => {
    await using producer = createTestApp({ tasks: [mail] });
    await using consumer = createTestApp(plain, { beside: producer });
    await producer.app.enqueue(mail, hi);
    expect(await consumer.runAll()).toMatchObject([{ status: "succeeded" }]);
    producer.expectNothingEnqueued();
    expect(producer.outcomes).toEqual([]);
  });
});

test("beside refuses what the other app has decided, and what is no test app", async () => {
  await using t = createTestApp(app);
  expect(() => createTestApp(app, { beside: t, seed: 2 })).toThrow(/beside excludes like, seed and startAt/);
  expect(() => createTestApp(app, { beside: {} as TestApp })).toThrow(/made by createTestApp/);
});

describe("the seed decides [E12]", () => {
  async function lifeWith(seed?: number) {
    await using t = createTestApp(flakyOptions, seed === undefined ? {} : { seed });
    await t.app.enqueue(flaky, {});
    await t.app.enqueue(flaky, {});
    await t.advance("1d");
    return t.outcomes.map(({ error: _error, ...rest }: { error?: unknown; status: string }) => rest);
  }

  test("the same seed gives the same ids, delays and moments", async () => {
    expect(await lifeWith(7)).toEqual(await lifeWith(7));
    expect(await lifeWith()).toEqual(await lifeWith(1));
  });

  test("another seed gives others", async () => {
    expect(await lifeWith(8)).not.toEqual(await lifeWith(7));
  });
});

test("startAt decides where time begins", async () => {
  const startAt = new Date("2030-02-28T23:59:59Z");
  await using t = createTestApp(app, { startAt });
  await t.app.enqueue(mail, hi, { at: new Date("2030-03-01T00:00:00Z") });
  expect(await t.advance("1s")).toMatchObject([{ at: Date.parse("2030-03-01T00:00:00Z") }]);
  expect(() => createTestApp(app, { startAt: new Date("soon") })).toThrow(/startAt must be a valid Date/);
});
