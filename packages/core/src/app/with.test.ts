import { memory } from "@jobs/adapter-memory";
import { expect, test } from "vitest";
import { createApp, defineTask, handle } from "../index.ts";

const work = defineTask("work", {});
const other = defineTask("other", {});
const app = createApp({
  tasks: [work, other],
  handlers: [handle([work, other] as const, (_, ctx) => `own ${ctx.task}`)],
  queuePrefix: "p-",
});

test("a fresh app has the same tasks, handlers and settings, and what is given instead", async () => {
  await using fresh = app.with({ broker: memory(), handlers: [handle(work, () => "stand-in")] });
  expect(fresh.config.queuePrefix).toBe("p-");
  expect(await fresh.run("work", {})).toBe("stand-in");
  expect(await fresh.run("other", {})).toBe("own other");
  expect(await fresh.enqueue(work, {})).toMatchObject({ broker: "memory" });
});

test("the app it is made from stays as it is and may be in use already", async () => {
  await using used = app.with({ broker: memory() });
  await used.enqueue(work, {});
  await using fresh = used.with({ broker: memory() });
  expect(fresh.broker).not.toBe(used.broker);
  expect(await (await fresh.queue("default")).stats()).toMatchObject({ ready: { n: 0 } });
  expect(await used.run("work", {})).toBe("own work");
});

test("what was configured from outside is carried on", async () => {
  const configured = app.with({});
  configured.configure({ broker: memory() });
  await using fresh = configured.with({});
  expect(await fresh.enqueue(work, {})).toMatchObject({ status: "enqueued" });
});

test("a stand-in for a task that the app does not have is refused", () => {
  const stranger = handle(defineTask("stranger", {}), () => {});
  expect(() => app.with({ handlers: [stranger] })).toThrow(/"stranger", which is not in this app's tasks/);
});
