import { createApp, defineTask, FatalError, handle } from "@jobs/core";
import { hasChromium } from "@jobs/test-servers";
import { describe, expect, it } from "vitest";
import type { Action } from "../src/api/action-types.ts";
import { type BrowserWorld, useBrowser } from "./browser-world.ts";
import { mail, resize } from "./dashboard-world.ts";

/** Numbers of jobs in a queue. */
async function counts({ app }: BrowserWorld, queue: string) {
  const { ready, dead, isPaused } = await app.stats(queue);
  return { ready: ready.n, dead: dead.n, isPaused };
}

/** Stores so many dead letters in `images`. Answers with the id of the last. */
async function addDead({ app }: BrowserWorld, count: number): Promise<string> {
  let id = "";
  for (let index = 0; index < count; index++) ({ id } = await app.enqueue(resize, { file: "broken" }));
  await app.worker({ ownsProcess: false, until: { type: "settled", jobs: count } }).run();
  return id;
}

/** Stores a dead letter whose parameters today's code refuses. */
async function addRefused({ app }: BrowserWorld): Promise<void> {
  const older = defineTask("resize", { file: "integer" }, { queue: "images" });
  const fail = handle(older, () => {
    throw new FatalError("too old");
  });
  const before = createApp({ broker: app.broker!, tasks: [older], handlers: [fail] });
  await before.enqueue(older, { file: 7 });
  const until = { type: "settled", jobs: 1 } as const;
  await before.worker({ ownsProcess: false, queues: ["images"], until }).run();
}

/** Presses a button, says yes, and waits for the report. */
async function pressed(world: BrowserWorld, button: string, verb: string, changed = 1): Promise<void> {
  await world.press(button, verb);
  await world.page.getByText(`Done: ${changed} changed.`).waitFor();
}

const isPaused = async ({ app }: BrowserWorld) => (await app.schedules.list())[0]?.isPaused;

/** Finds the button of an action, presses it and looks at what it did. A new action needs an entry. */
const BUTTONS: Readonly<Record<Action["action"], (world: BrowserWorld) => Promise<void>>> = {
  async retry(world) {
    await addDead(world, 2);
    await world.show("/dead", "Dead letters");
    await world.page.getByText("Newest jobs").click();
    await world.page.locator(".ids a").first().click();
    await pressed(world, "Retry", "Retry");
    expect(await counts(world, "images")).toMatchObject({ ready: 1, dead: 1 });
  },
  async remove(world) {
    const id = await addDead(world, 2);
    await world.show(`/jobs/${id}`, "resize");
    await pressed(world, "Remove", "Remove");
    expect(await counts(world, "images")).toMatchObject({ ready: 0, dead: 1 });
  },
  async retryGroup(world) {
    await addDead(world, 2);
    await addRefused(world);
    await world.show("/dead?queue=images", "Dead letters");
    const group = world.page.getByRole("article").filter({ hasText: "too old" });
    await group.getByRole("button", { name: "Retry valid only of resize" }).click();
    await world.page.getByRole("dialog").getByRole("button", { name: "Retry valid" }).click();
    await world.page.getByText(/Done: 0 changed\. 1 refused: .*file/).waitFor();
    const other = world.page.getByRole("article").filter({ hasText: "cannot read the file" });
    await other.getByRole("button", { name: "Retry valid only of resize" }).click();
    await world.page.getByRole("dialog").getByRole("button", { name: "Retry valid" }).click();
    await world.page.getByText("Done: 2 changed.").waitFor();
    expect(await counts(world, "images")).toMatchObject({ ready: 2, dead: 1 });
  },
  async removeGroup(world) {
    await addDead(world, 2);
    await world.show("/dead", "Dead letters");
    await pressed(world, "Remove all of resize", "Remove", 2);
    expect(await counts(world, "images")).toMatchObject({ ready: 0, dead: 0 });
  },
  async editAndRetry(world) {
    const { page } = world;
    const id = await addDead(world, 1);
    await world.show(`/jobs/${id}`, "resize");
    await page.getByRole("button", { name: "Edit and retry" }).click();
    const editor = page.getByLabel("Parameters, as JSON");
    expect(JSON.parse(await editor.inputValue())).toEqual({ file: "broken" });
    await editor.fill("{ file }");
    await page.getByRole("button", { name: "Enqueue and remove" }).click();
    await page.getByRole("alert").getByText("This is not JSON.").waitFor();
    await editor.fill('{ "file": "whole.png" }');
    await page.getByRole("button", { name: "Enqueue and remove" }).click();
    await page.getByText("Done: 1 changed.").waitFor();
    expect(await counts(world, "images")).toMatchObject({ ready: 1, dead: 0 });
    const [stored] = (await (await world.app.queue("images")).peek({ state: "ready", limit: 1 })).messages;
    expect(stored?.body).toContain("whole.png");
  },
  async cancel(world) {
    const { id } = await world.app.enqueue(mail, { to: "a" });
    await world.show(`/jobs/${id}`, "mail");
    await pressed(world, "Cancel job", "Cancel job");
    expect(await counts(world, "default")).toMatchObject({ ready: 0 });
  },
  async pauseQueue(world) {
    await world.show("/queues/images", "images");
    await pressed(world, "Pause", "Pause");
    expect(await counts(world, "images")).toMatchObject({ isPaused: true });
    await world.page.getByText("Paused").waitFor();
  },
  async resumeQueue(world) {
    await world.app.pause("images");
    await world.show("/queues/images", "images");
    await pressed(world, "Resume", "Resume");
    expect(await counts(world, "images")).toMatchObject({ isPaused: false });
  },
  async purgeQueue(world) {
    await world.app.enqueue(mail, { to: "a" });
    await world.show("/queues/default", "default");
    await pressed(world, "Remove all", "Remove all");
    expect(await counts(world, "default")).toMatchObject({ ready: 0 });
    await world.page.getByText("No job is ready.").waitFor();
  },
  async runSchedule(world) {
    await world.show("/schedules", "Schedules");
    await pressed(world, "Run now: daily", "Run");
    expect(await counts(world, "default")).toMatchObject({ ready: 1 });
  },
  async pauseSchedule(world) {
    await world.show("/schedules", "Schedules");
    await pressed(world, "Pause daily", "Pause");
    expect(await isPaused(world)).toBe(true);
  },
  async resumeSchedule(world) {
    await world.app.schedules.pause("daily");
    await world.show("/schedules", "Schedules");
    await pressed(world, "Resume daily", "Resume");
    expect(await isPaused(world)).toBe(false);
  },
  async editSchedule(world) {
    const { page, app } = world;
    await app.schedules.set("hourly", { cron: "0 * * * *", task: mail, params: { to: "a" } });
    await world.show("/schedules", "Schedules");
    const edit = async (cron: string) => {
      await page.getByRole("button", { name: "Edit hourly" }).click();
      await page.getByLabel("Cron").fill(cron);
      await page.getByRole("button", { name: "Save" }).click();
    };
    await edit("61 * * * *");
    await page.getByText(/the cron fields cannot be read/).waitFor();
    await edit("30 * * * *");
    await page.getByText("Done: 1 changed.").waitFor();
    await page.getByText("30 * * * *, UTC").waitFor();
    expect((await app.schedules.list())[1]?.schedule).toMatchObject({ params: { to: "a" } });
  },
  async removeSchedule(world) {
    await world.app.schedules.set("hourly", { everyMs: 3_600_000, task: mail, params: { to: "a" } });
    await world.show("/schedules", "Schedules");
    expect(await world.page.getByRole("button", { name: /^Remove/ }).count()).toBe(1);
    await pressed(world, "Remove hourly", "Remove");
    expect(await world.app.schedules.list()).toHaveLength(1);
  },
};

describe.runIf(await hasChromium())("each button of the page", () => {
  const { open } = useBrowser();

  it.each(Object.entries(BUTTONS))("acts, and writes it to the audit log: %s", async (_, press) => {
    await using world = await open({ dashboard: { showParams: true } });
    await press(world);
    await world.page.getByRole("link", { name: "Audit log" }).click();
    await world.page
      .getByRole("cell", { name: /^done: / })
      .first()
      .waitFor();
    expect(world.errors).toEqual([]);
  });

  it("turns the pages of a list, and searches jobs by their fields and by id", async () => {
    await using world = await open();
    const { app, page } = world;
    const jobs = await app.enqueueMany(
      Array.from(
        { length: 60 },
        (_, n) => [mail, { to: String(n) }, { tags: [n === 7 ? "odd" : "even"] }] as const,
      ),
    );
    const rows = page.locator("tbody tr");
    await world.show("/queues/default", "default");
    await expect.poll(() => rows.count()).toBe(50);
    await page.getByRole("button", { name: "Next page" }).click();
    await expect.poll(() => rows.count()).toBe(10);
    await page.getByRole("button", { name: "First page" }).click();
    await expect.poll(() => rows.count()).toBe(50);
    await world.show("/jobs", "Jobs");
    await page.getByLabel("Tag").fill("odd");
    await page.getByRole("button", { name: "Search" }).click();
    await expect.poll(() => rows.count()).toBe(1);
    const id = jobs[7]?.status === "enqueued" ? jobs[7].id : "";
    await page.getByLabel("Id of a job").fill(id);
    await page.getByRole("button", { name: "Open" }).click();
    await page.getByRole("heading", { level: 1, name: "mail" }).waitFor();
    expect(page.url()).toBe(`${world.url}/jobs/${id}`);
  });

  it("signs out", async () => {
    const tokens = [{ name: "ada", token: "a-token-of-24-characters" }];
    await using world = await open({ dashboard: { tokens } });
    await world.show("/", "Sign in");
    await world.page.getByLabel("Token").fill("a-token-of-24-characters");
    await world.page.keyboard.press("Enter");
    await world.page.getByRole("button", { name: "Sign out" }).click();
    await world.page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor();
  });
});
