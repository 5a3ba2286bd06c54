import { createMemoryCoordination } from "@jobs/adapter-memory";
import { expect, test } from "vitest";
import type { JobLogLine } from "../../src/entries/broker.ts";
import { defineTask, handle } from "../../src/index.ts";
import { createJobLogStore } from "../../src/results/job-log-store.ts";
import { createRig } from "../rig.ts";

const work = defineTask("work", {}, { maxAttempts: 2, backoff: 100 });
const messages = (lines: readonly JobLogLine[]) => lines.map(({ message }) => message);

test("a job that died keeps what each of its runs logged, in order, for whoever asks later [C30]", async () => {
  const rig = createRig({
    tasks: [work],
    handlers: [
      handle(work, (_, ctx) => {
        ctx.log.debug("too fine");
        ctx.log.info(`run ${ctx.attempt}`, { path: "/tmp/x", err: new TypeError("torn") });
        throw new Error("no luck");
      }),
    ],
  });
  const { id } = await rig.app.enqueue(work, {});
  rig.start();
  await rig.clock.advance(5_000);
  expect(rig.trace()).toContain("job.dead");
  const { lines, leftOut } = await rig.other({ tasks: [work] }).jobLog(id);
  expect(leftOut).toBe(0);
  expect(lines).toMatchObject([
    { level: "info", message: "run 1", attempt: 1, fields: { path: "/tmp/x", err: { name: "TypeError" } } },
    { level: "info", message: "run 2", attempt: 2 },
  ]);
  expect(lines[0]?.at).toBeLessThan(lines[1]?.at ?? 0);
});

test("what one run logs is bounded in number and in size; the newest lines stay, and the rest is counted [C30]", async () => {
  const rig = createRig({
    tasks: [work],
    handlers: [
      handle(work, (_, { log }) => {
        for (let line = 1; line <= 250; line++) log.warn(`line ${line}`);
        log.info("huge", { text: "x".repeat(1_000_000) });
        for (let line = 1; line <= 10; line++) log.warn(`${line}${"y".repeat(20_000)}`);
      }),
    ],
  });
  const { id } = await rig.app.enqueue(work, {});
  rig.start();
  await rig.clock.advance(5_000);
  const { lines, leftOut } = await rig.app.jobLog(id);
  expect(lines.length + leftOut).toBe(261);
  expect(JSON.stringify(lines).length).toBeLessThan(40_000);
  expect(lines.at(-1)?.message.slice(0, 3)).toBe("10y");
});

test("a job that is put off for ever keeps its last ten runs [C30]", async () => {
  const store = createJobLogStore(createMemoryCoordination(createRig({ tasks: [work] }).clock));
  for (let delivery = 1; delivery <= 25; delivery++) {
    const line = { at: delivery, level: "info", message: `run ${delivery}`, fields: {}, attempt: 1 } as const;
    await store.put({ id: "job", delivery, lines: [line], leftOut: 0 }, 60_000);
  }
  const { lines } = await store.read("job");
  expect(messages(lines)).toEqual([16, 17, 18, 19, 20, 21, 22, 23, 24, 25].map((run) => `run ${run}`));
});

test.each([
  ["off", []],
  ["debug", ["fine", "coarse"]],
  ["error", ["coarse"]],
] as const)("with jobLog %s these are kept: %j [C30]", async (jobLog, kept) => {
  const rig = createRig({
    tasks: [work],
    worker: { jobLog },
    handlers: [
      handle(work, (_, { log }) => {
        log.debug("fine");
        log.error("coarse");
      }),
    ],
  });
  const { id } = await rig.app.enqueue(work, {});
  rig.start();
  await rig.clock.advance(5_000);
  expect(messages((await rig.app.jobLog(id)).lines)).toEqual(kept);
});

test("a coordination store that fails costs no job, is tried again, and closing writes what waits [C30]", async () => {
  const rig = createRig({
    tasks: [work],
    handlers: [handle(work, (_, { log }) => log.info("done"))],
  });
  const coordination = rig.broker.coordination;
  if (coordination === undefined) throw new Error("the memory broker has a coordination store");
  const put = coordination.put.bind(coordination);
  let refusals = 0;
  coordination.put = async (mark, ttlMs) => {
    if (mark.set.includes("log:") && refusals++ < 3) throw new Error("the disk is full");
    return put(mark, ttlMs);
  };
  const { id } = await rig.app.enqueue(work, {});
  rig.start();
  await rig.clock.advance(1_000);
  expect(rig.trace()).toContain("job.succeeded");
  await rig.clock.advance(60_000);
  expect(messages((await rig.app.jobLog(id)).lines)).toEqual(["done"]);
  expect(rig.logs.filter(({ message }) => message.includes("cannot be kept"))).toHaveLength(1);
});
