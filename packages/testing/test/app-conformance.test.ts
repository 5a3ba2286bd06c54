import { adapter as memory } from "@jobs/adapter-memory";
import { adapter as redis } from "@jobs/adapter-redis";
import { adapter as sqs } from "@jobs/adapter-sqs";
import { createApp, defineTask, handle } from "@jobs/core";
import { describe, expect, test } from "vitest";
import { appConformance } from "../src/index.ts";
import { app } from "./shop.ts";

const watched = createApp({
  queuePrefix: "dev-",
  monitor: "platform.fifo",
  routes: { "export.*": "export" },
  tasks: [
    defineTask("export.shp", { layer: "string", zoom: "integer?" }),
    defineTask("msg", ["text"]),
    defineTask("cool", {}, { domain: "north" }),
  ],
});

describe("an app that is right passes every check [T18]", () => {
  // #region conformance
  for (const { title, run } of appConformance(app, { like: [redis, sqs] })) test(title, run);
  // #endregion
  for (const { title, run } of appConformance(watched, {
    samples: { msg: { text: "hi" } },
    like: [redis, sqs],
  }))
    test(title, run);
});

/** Titles of the checks that an app fails. */
async function failures(checks: ReturnType<typeof appConformance>): Promise<readonly string[]> {
  const outcomes = await Promise.allSettled(checks.map(({ run }) => run()));
  return checks.filter((_, index) => outcomes[index]?.status === "rejected").map(({ title }) => title);
}

test("names what is wrong: a queue that SQS cannot have, a task in the monitor's queue, priorities on SQS [T18]", async () => {
  const wrong = createApp({
    monitor: "watch",
    tasks: [
      defineTask("dotted", {}, { queue: "a.b" }),
      defineTask("nosy", {}, { queue: "watch" }),
      defineTask("urgent", {}, { priority: 5 }),
    ],
  });
  const failed = await failures(appConformance(wrong, { like: [redis, sqs] }));
  expect(failed).toContain("every queue can have its name on any broker");
  expect(failed).toContain("the monitor's queue is one of the app's, and no task's");
  expect(failed).toContain("a job of urgent is accepted, carried and read back within the limits of sqs");
  expect(failed).not.toContain(
    "a job of urgent is accepted, carried and read back within the limits of redis",
  );
});

test("there is a check for each of the ancestor's seven, also for an app without a monitor [T18]", () => {
  const plain = createApp({ tasks: [defineTask("export.shp", {})], queues: ["export", "reports"] });
  const titles = appConformance(plain, { like: [memory] }).map(({ title }) => title);
  expect(titles).toEqual([
    "every queue can have its name on any broker",
    "every task has a whole number of attempts and a time limit",
    "a task that names no queue goes to the default queue",
    "the monitor's queue is one of the app's, and no task's",
    "a job of export.shp reaches exactly its queue and the monitor",
    "a job sent to queue export reaches exactly it and the monitor",
    "a job sent to queue reports reaches exactly it and the monitor",
    "a job sent to queue default reaches exactly it and the monitor",
    "a job of export.shp is accepted, carried and read back within the limits of memory",
    "what follows a group is sent once, to its own queue",
  ]);
});

test("names a default queue that is the monitor's [T18]", async () => {
  const settings = [{ layer: "environment" as const, tasks: { DEFAULT: { queue: "watch" } } }];
  const wrong = createApp({ monitor: "watch", settings, tasks: [defineTask("work", {}, { queue: "work" })] });
  expect(await failures(appConformance(wrong, { like: [memory] }))).toContain(
    "a task that names no queue goes to the default queue",
  );
});

test("never calls the app's own handlers", async () => {
  const task = defineTask("dangerous", {});
  const touched: string[] = [];
  const own = createApp({ tasks: [task], handlers: [handle(task, () => void touched.push("called"))] });
  for (const { run } of appConformance(own, { like: [memory] })) await run();
  expect(touched).toEqual([]);
});

test("refuses to judge an app without knowing its broker", () => {
  for (const options of [{}, { like: [] }, { like: ["redis"] }]) {
    expect(() => appConformance(app, options as never)).toThrow(/like/);
  }
});
