import { hasChromium, hasRedis } from "@jobs/test-servers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createAdder } from "./adder.ts";
import { useBrowser } from "./board-world.ts";

const { enqueue, drain } = createAdder();

/** "Clean all" takes what is older than 5 s. */
const CLEANED_AFTER_MS = 10_000;

// All buttons take a minute of processor time, so they run each night, and where they are asked for.
describe.runIf(process.env.JOBS_TEST_BOARD === "all" && (await hasRedis()) && (await hasChromium()))(
  "buttons of our jobs on Bull Board's page",
  () => {
    const { openBoard } = useBrowser();
    afterEach(() => void vi.useRealTimers());

    const fail = () => Promise.reject(new Error("no such user"));

    it("retry runs a dead letter again, and a completed job too", async () => {
      await using board = await openBoard();
      const { world, page } = board;
      await enqueue(world, "job");
      await drain(world, {}, fail);
      expect(await page.pressJob("failed", "job", "retry")).toBe(204);
      expect(await drain(world)).toEqual([{ a: 3, b: 4 }]);
      expect(await page.pressJob("completed", "job", "retry")).toBe(204);
      expect(await drain(world)).toEqual([{ a: 3, b: 4 }]);
      expect(await board.peek("succeeded")).toMatchObject([{ messageId: "job", succeeded: { value: "7" } }]);
    });

    it("promote makes a delayed job ready", async () => {
      await using board = await openBoard();
      const { world, page } = board;
      await board.sendInto("delayed");
      expect(await page.pressJob("delayed", "delayed-job", "promote")).toBe(204);
      expect(await board.stats()).toMatchObject({ ready: 1, delayed: 0 });
      expect(await world.take(1)).toMatchObject([{ messageId: "delayed-job" }]);
    });

    it("reschedule sets when a delayed job is due", async () => {
      await using board = await openBoard();
      const { page } = board;
      await board.sendInto("delayed");
      const fields = { "Run at": "2099-01-02T03:04" };
      expect(await page.pressJob("delayed", "delayed-job", "reschedule", { fields })).toBe(200);
      const [delayed] = await board.peek("delayed");
      expect(Math.abs(delayed!.dueAt - Date.parse("2099-01-02T03:04Z"))).toBeLessThan(60_000);
    });

    it("change priority sets what our workers run first", async () => {
      await using board = await openBoard();
      const { world, page } = board;
      await world.send(["one", "two"], { priority: 5 });
      expect(await page.pressJob("prioritized", "two", "reprioritise", { fields: { Priority: "1" } })).toBe(
        200,
      );
      expect(await board.takeIds()).toEqual(["two", "one"]);
    });

    it.each(["waiting", "prioritized", "delayed", "failed", "completed"] as const)(
      "duplicate adds the same job once more, from one that is %s",
      async (state) => {
        await using board = await openBoard();
        const { page } = board;
        await board.sendInto(state);
        expect(await page.pressJob(state, `${state}-job`, "duplicate", {})).toBe(200);
        const jobs = await board.peek("ready", "delayed");
        const copies = jobs.filter(({ messageId }) => messageId !== `${state}-job`);
        expect(copies).toMatchObject([{ label: "tell", body: `{"name":"${state}-job"}` }]);
      },
    );

    it("duplicate runs a job of ours twice", async () => {
      await using board = await openBoard();
      const { world, page } = board;
      await enqueue(world, "job");
      expect(await page.pressJob("waiting", "job", "duplicate", {})).toBe(200);
      expect(await drain(world)).toEqual(Array(2).fill({ a: 3, b: 4 }));
    });

    it.each(["waiting", "prioritized", "delayed", "failed"] as const)(
      "update data gives one that is %s another body",
      async (state) => {
        await using board = await openBoard();
        const { page } = board;
        await board.sendInto(state);
        const json = { jobData: { name: "another" } };
        expect(await page.pressJob(state, `${state}-job`, "updateData", { json })).toBe(200);
        const found = await board.peek("ready", "delayed", "dead");
        expect(found).toMatchObject([{ messageId: `${state}-job`, body: '{"name":"another"}' }]);
      },
    );

    it("update data gives the next run of ours other parameters", async () => {
      await using board = await openBoard();
      const { world, page } = board;
      await enqueue(world, "job");
      const json = { jobData: { a: 1, b: 1 } };
      expect(await page.pressJob("waiting", "job", "updateData", { json })).toBe(200);
      expect(await drain(world)).toEqual([{ a: 1, b: 1 }]);
    });

    it.each(["waiting", "prioritized", "delayed", "failed", "completed"] as const)(
      "clean removes one that is %s",
      async (state) => {
        await using board = await openBoard();
        const { world, page } = board;
        await board.sendInto(state);
        expect(await page.pressJob(state, `${state}-job`, "clean")).toBe(204);
        expect(await world.client.exists(world.key(`${state}-job`))).toBe(0);
        expect(await world.take(9)).toEqual([]);
      },
    );

    it("clean is refused when the job runs by now", async () => {
      await using board = await openBoard();
      const { world, page } = board;
      await board.sendInto("waiting");
      await page.showJob("waiting-job");
      const [delivery] = await world.take(1);
      expect(await page.pressShown("waiting", "clean")).toBe(409);
      await page.says("Job is currently active");
      expect(await board.stats()).toMatchObject({ leased: 1 });
      expect(await world.consumer.settle([{ delivery: delivery!, action: "ack" }])).toEqual([
        { status: "settled" },
      ]);
    });

    it.each(["failed", "completed"] as const)(
      "retry all puts all that are %s back in line",
      async (state) => {
        await using board = await openBoard();
        const { world, page } = board;
        await enqueue(world, "one", "two");
        await drain(world, {}, state === "failed" ? fail : undefined);
        await page.showState(state, "one");
        expect(await page.press("Retry all", `retry all ${state} jobs`)).toBe(200);
        await page.waitUntilGone("one");
        expect(await drain(world)).toHaveLength(2);
      },
    );

    it("promote all makes all delayed jobs ready", async () => {
      await using board = await openBoard();
      const { world, page } = board;
      await world.send(["one", "two"], { delayMs: 60_000 });
      await page.showState("delayed", "one");
      expect(await page.press("Promote all", "promote all delayed jobs")).toBe(200);
      await page.waitUntilGone("one");
      expect([...(await board.takeIds())].sort()).toEqual(["one", "two"]);
    });

    it.each(["failed", "delayed", "completed"] as const)(
      "clean all removes what is %s and older than 5 s",
      async (state) => {
        await using board = await openBoard();
        const { world, page } = board;
        await board.sendInto(state);
        await page.showState(state, `${state}-job`);
        expect(await page.press("Clean all", `clean all ${state} jobs`)).toBe(200);
        expect(await world.client.exists(world.key(`${state}-job`))).toBe(1);
        vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + CLEANED_AFTER_MS });
        expect(await page.press("Clean all", `clean all ${state} jobs`)).toBe(200);
        await page.waitUntilGone(`${state}-job`);
        expect(await world.client.exists(world.key(`${state}-job`))).toBe(0);
      },
    );
  },
);
