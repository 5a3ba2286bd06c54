import { hasChromium, hasRedis } from "@jobs/test-servers";
import { describe, expect, it } from "vitest";
import { JOB_BUTTONS, type ShownState } from "./board-page.ts";
import { useBrowser } from "./board-world.ts";

/** Only jobs of BullMQ wait for children. */
const STATES: readonly ShownState[] = ["failed", "completed", "active", "waiting", "prioritized", "delayed"];

const TABS = ["Data", "Progress", "Options", "Logs", "Error"];

const MENU = [
  "Add job",
  "Retry all 1 failed jobs",
  "Pause",
  "Set concurrency",
  "Set rate limit",
  "Empty",
  "Obliterate",
];

const MENU_OF_ALL = ["Pause all", "Retry 1 failed jobs in all queues", "Sort by"];

describe.runIf((await hasRedis()) && (await hasChromium()))("Bull Board's page in a browser", () => {
  const { openBoard } = useBrowser();

  it("shows value, progress, log lines, options and error of our jobs", async () => {
    await using board = await openBoard();
    const { world, page } = board;
    await world.send(["done", "dead"], { maxAttempts: 3 });
    const [done, dead] = await world.take(2);
    await world.consumer.note?.(done!, { progress: "42" });
    await world.consumer.note?.(done!, { line: "the first line" });
    await world.consumer.note?.(dead!, { progress: '{"step":"last"}' });
    const error = { name: "Error", message: "no such user", stack: "Error: no such user\n    at tell" };
    await world.consumer.settle([
      { delivery: done!, action: "ack", value: '{"sum":"seven"}' },
      { delivery: dead!, action: "dead", reason: "fatal", error },
    ]);
    await page.showJob("done");
    expect(await page.tabs()).toEqual(TABS);
    await page.tab("Data", '"seven"');
    await page.tab("Options", "attempts");
    await page.tab("Logs", "the first line");
    await page.says("Finished at");
    expect(await page.progress()).toBe("42%");
    await page.showJob("dead");
    await page.tab("Progress", '"last"');
    await page.tab("Error", "fatal: Error: no such user");
  });

  it("lists our jobs of each state, with no other buttons than the tests press", async () => {
    await using board = await openBoard();
    const { page } = board;
    for (const state of STATES) {
      await board.sendInto(state);
      await page.showState(state, `${state}-job`);
      expect(await page.countJobButtons(), state).toBe(JOB_BUTTONS[state].length);
    }
    expect(await page.menu()).toEqual(MENU);
    expect(await page.menu("all queues")).toEqual(MENU_OF_ALL);
  });
});
