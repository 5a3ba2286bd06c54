import { hasChromium, hasRedis } from "@jobs/test-servers";
import { describe, expect, it } from "vitest";
import { createAdder } from "./adder.ts";
import { useBrowser } from "./board-world.ts";

const { enqueue, drain } = createAdder();

// All buttons take a minute of processor time, so they run each night, and where they are asked for.
describe.runIf(process.env.JOBS_TEST_BOARD === "all" && (await hasRedis()) && (await hasChromium()))(
  "buttons of our queue on Bull Board's page",
  () => {
    const { openBoard } = useBrowser();

    const fail = () => Promise.reject(new Error("no such user"));

    const all = { of: "all queues" } as const;

    it("add job adds an envelope that our worker runs", async () => {
      await using board = await openBoard();
      const { world, page } = board;
      const enqueuedAt = new Date().toISOString();
      const jobData = { v: 1, task: "add", params: { a: 1, b: 2 }, id: "typed", sig: "", enqueuedAt };
      const values = { fields: { "Job name": "add" }, json: { jobData, jobOptions: { jobId: "typed" } } };
      expect(await page.chooseForm("Add job", "Add job", values)).toBe(200);
      expect(await drain(world)).toEqual([{ a: 1, b: 2 }]);
    });

    it("add job with other data leaves a dead letter `undecodable`", async () => {
      await using board = await openBoard();
      const { world, page } = board;
      const values = { fields: { "Job name": "add" }, json: { jobData: { a: 1, b: 2 }, jobOptions: {} } };
      expect(await page.chooseForm("Add job", "Add job", values)).toBe(200);
      expect(await drain(world)).toEqual([]);
      expect(await board.peek("dead")).toMatchObject([{ dead: { reason: "undecodable" } }]);
    });

    it("add job adds no second job under an id of ours", async () => {
      await using board = await openBoard();
      const { world, page } = board;
      await enqueue(world, "job");
      const values = { json: { jobData: { a: 1, b: 2 }, jobOptions: { jobId: "job" } } };
      expect(await page.chooseForm("Add job", "Add job", values)).toBe(200);
      expect(await drain(world)).toEqual([{ a: 3, b: 4 }]);
    });

    it("retry all failed jobs puts them back in line", async () => {
      await using board = await openBoard();
      const { world, page } = board;
      await enqueue(world, "one", "two");
      await drain(world, {}, fail);
      expect(await page.choose("Retry all 2 failed jobs", "retry all failed jobs")).toBe(200);
      expect(await drain(world)).toHaveLength(2);
    });

    it("pause and resume hold for our workers", async () => {
      await using board = await openBoard();
      const { world, page } = board;
      await world.send(["job"]);
      expect(await page.choose("Pause", "pause queue processing")).toBe(200);
      expect(await board.stats()).toMatchObject({ isPaused: true, ready: 1 });
      expect(await board.takeIds()).toEqual([]);
      expect(await page.choose("Resume", "resume queue processing")).toBe(200);
      expect(await board.takeIds()).toEqual(["job"]);
    });

    it("pause all and resume all hold for our workers", async () => {
      await using board = await openBoard();
      const { world, page } = board;
      await world.send(["job"]);
      expect(await page.choose("Pause all", "pause all queues", all)).toBe(200);
      expect(await board.takeIds()).toEqual([]);
      expect(await page.choose("Resume all", "resume all queues", all)).toBe(200);
      expect(await board.takeIds()).toEqual(["job"]);
    });

    it("retry in all queues puts dead letters back in line", async () => {
      await using board = await openBoard();
      const { world, page } = board;
      await enqueue(world, "one", "two");
      await drain(world, {}, fail);
      const name = "Retry 2 failed jobs in all queues";
      expect(await page.choose(name, "retry 2 failed jobs across", all)).toBe(200);
      expect(await drain(world)).toHaveLength(2);
    });

    it("set concurrency limits our workers together", async () => {
      await using board = await openBoard();
      const { world, page } = board;
      await world.send(["one", "two"]);
      const title = "Global Concurrency";
      expect(await page.chooseForm("Set concurrency", title, { fields: { Concurrency: "1" } })).toBe(200);
      expect(await board.takeIds()).toHaveLength(1);
      expect(await board.takeIds()).toEqual([]);
      expect(await page.chooseForm("Set concurrency", title, { fields: { Concurrency: "0" } })).toBe(200);
      expect(await board.takeIds()).toHaveLength(1);
    });

    it("set rate limit limits our workers together, until it is released", async () => {
      await using board = await openBoard();
      const { world, page } = board;
      await world.send(["one", "two", "three"]);
      const fields = { "Max jobs": "1", "Duration (ms)": "60000" };
      expect(await page.chooseForm("Set rate limit", "Rate limit", { fields })).toBe(200);
      expect(await board.takeIds()).toHaveLength(1);
      expect(await board.takeIds()).toEqual([]);
      await page.showQueue();
      expect(await page.press(/^A worker rate limited this queue/, "Release the rate limit")).toBe(200);
      expect(await board.takeIds()).toHaveLength(1);
      const none = { fields: { "Max jobs": "", "Duration (ms)": "" } };
      expect(await page.chooseForm("Set rate limit", "Rate limit", none)).toBe(200);
      expect(await world.client.hget(world.key("meta"), "max")).toBeNull();
    });

    it("empty removes what is ready, and leaves the rest", async () => {
      await using board = await openBoard();
      const { world, page } = board;
      const delivery = await board.sendInto("active");
      for (const state of ["waiting", "prioritized", "delayed"] as const) await board.sendInto(state);
      expect(await page.choose("Empty", "empty the queue")).toBe(200);
      expect(await board.stats()).toMatchObject({ ready: 0, delayed: 1, leased: 1 });
      expect(await world.consumer.settle([{ delivery: delivery!, action: "ack" }])).toEqual([
        { status: "settled" },
      ]);
    });

    it("obliterate needs a pause and force while a job runs, whose lease is lost then", async () => {
      await using board = await openBoard();
      const { world, page } = board;
      const delivery = await board.sendInto("active");
      await board.sendInto("waiting");
      expect(await page.choose("Obliterate", "obliterate this queue")).toBe(400);
      await page.says("Queue must be paused before obliteration");
      expect(await page.choose("Pause", "pause queue processing")).toBe(200);
      expect(await page.choose("Obliterate", "obliterate this queue")).toBe(409);
      await page.says("Queue has active jobs");
      expect(await page.choose("Obliterate", "obliterate this queue", { box: "Force obliterate" })).toBe(200);
      expect(await world.consumer.settle([{ delivery: delivery!, action: "ack" }])).toEqual([
        { status: "lost" },
      ]);
      expect(await world.client.keys(world.key("*"))).toEqual([]);
      await world.send(["next"]);
      expect(await board.takeIds()).toEqual(["next"]);
    });
  },
);
