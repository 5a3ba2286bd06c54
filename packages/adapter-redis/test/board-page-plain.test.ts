import { hasChromium, hasRedis } from "@jobs/test-servers";
import { describe, expect, it } from "vitest";
import { useBrowser } from "./board-world.ts";
import { BULLMQ_VERSIONS } from "./bullmq-versions.ts";
import { MAIL, SharedQueue } from "./shared-queue.ts";

const newest = BULLMQ_VERSIONS.at(-1)!;

// All buttons take a minute of processor time, so they run each night, and where they are asked for.
describe.runIf(process.env.JOBS_TEST_BOARD === "all" && (await hasRedis()) && (await hasChromium()))(
  "Bull Board's page on a queue of plain jobs",
  () => {
    const browser = useBrowser();

    async function open() {
      const shared = await SharedQueue.open(browser.url, newest);
      const page = await browser.openPage(shared.world, MAIL);
      return {
        shared,
        page,
        sent: () => shared.calls.map(({ params }) => params),
        async [Symbol.asyncDispose]() {
          await page[Symbol.asyncDispose]();
          await shared[Symbol.asyncDispose]();
        },
      };
    }

    it("add job, update data, duplicate and retry give our worker its parameters", async () => {
      await using opened = await open();
      const { shared, page, sent } = opened;
      const json = { jobData: { to: "added" }, jobOptions: { jobId: "job" } };
      const values = { fields: { "Job name": "send_email" }, json };
      expect(await page.chooseForm("Add job", "Add job", values)).toBe(200);
      const update = { json: { jobData: { to: "updated" } } };
      expect(await page.pressJob("waiting", "job", "updateData", update)).toBe(200);
      await shared.drain();
      const another = { json: { jobOptions: { jobId: "copy" } } };
      expect(await page.pressJob("completed", "job", "duplicate", another)).toBe(200);
      await shared.drain();
      expect(await page.pressJob("completed", "job", "retry")).toBe(204);
      await shared.drain();
      expect(sent()).toEqual(Array(3).fill({ to: "updated" }));
    });

    it("remove unprocessed children lets our worker run the parent", async () => {
      await using opened = await open();
      const { shared, page, sent } = opened;
      const child = { name: "send_email", queueName: MAIL, data: { to: "child" } };
      await shared.flows.add({
        name: "send_email",
        queueName: MAIL,
        data: { to: "parent" },
        opts: { jobId: "parent" },
        children: [{ ...child, opts: { jobId: "child", delay: 3_600_000 } }],
      });
      expect(await page.pressJob("waiting-children", "parent", "removeChildren")).toBe(200);
      await shared.drain();
      expect(sent()).toEqual([{ to: "parent" }]);
    });

    it("run, edit and remove of a job scheduler hold for our worker", async () => {
      await using opened = await open();
      const { shared, page, sent } = opened;
      const template = { name: "send_email", data: { to: "tick" } };
      const startDate = Date.now() + 3_600_000;
      await shared.queue.upsertJobScheduler("hourly", { every: 3_600_000, startDate }, template);
      await page.showBoard("/job-schedulers");
      expect(await page.press("Run now", 'run scheduler "hourly" now')).toBe(200);
      const runOne = { ownsProcess: false, until: { type: "settled", jobs: 1 } } as const;
      await shared.app().worker(runOne).run();
      expect(sent()).toEqual([{ to: "tick" }]);
      const fields = { "Interval (ms)": "7200000" };
      expect(await page.pressForm("Edit schedule", "Edit scheduler hourly", { fields })).toBe(204);
      expect(await shared.queue.getJobSchedulers()).toMatchObject([{ key: "hourly", every: 7_200_000 }]);
      // BullMQ begins a new interval with a run.
      await shared.app().worker(runOne).run();
      expect(sent()).toEqual(Array(2).fill({ to: "tick" }));
      expect(await page.press("Remove scheduler", 'remove scheduler "hourly"')).toBe(204);
      expect(await shared.queue.getJobSchedulers()).toEqual([]);
      expect(await shared.drain()).toMatchObject({ succeeded: 0 });
    });
  },
);
