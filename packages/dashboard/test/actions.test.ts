import { createApp, defineTask, FatalError, handle } from "@jobs/core";
import { hasRedis } from "@jobs/test-servers";
import { describe, expect, it } from "vitest";
import { DashboardWorld, jsonOf, mail, resize, STORAGES } from "./dashboard-world.ts";

const kinds = (await hasRedis()) ? Object.keys(STORAGES) : ["memory", "sqlite"];

/** The images as an older release knew them. */
const oldResize = defineTask("resize", { file: "integer" }, { queue: "images" });

describe.each(kinds)("the actions on %s", (kind) => {
  const open = async () => new DashboardWorld(await STORAGES[kind]!());

  /** A world with so many dead letters, and their ids. */
  async function openWithDead(count: number) {
    const world = await open();
    const sent = Array.from({ length: count }, () => [resize, { file: "broken" }] as const);
    const ids = (await world.app.enqueueMany(sent)).map((one) => ("id" in one ? one.id : ""));
    await world.run(count);
    return { world, ids };
  }

  const counts = async ({ app }: DashboardWorld, queue: string) => {
    const { ready, delayed, dead } = await app.stats(queue);
    return { ready: ready.n, delayed: delayed.n, dead: dead.n };
  };

  it("retry puts dead letters back by their ids, and counts those that are gone", async () => {
    const { world, ids } = await openWithDead(3);
    await using _ = world;
    const chosen = [ids[0]!, ids[2]!];
    expect(await world.act({ action: "retry", queue: "images", ids: chosen })).toMatchObject({
      done: 2,
      refused: [],
      audit: {
        who: "local",
        action: "retry",
        target: `images: ${chosen.join(", ")}`,
        outcome: "done: 2, refused: 0",
      },
    });
    expect(await counts(world, "images")).toEqual({ ready: 2, delayed: 0, dead: 1 });
    const again = await world.act({ action: "retry", queue: "images", ids: [ids[0]!] });
    expect(again).toMatchObject({ done: 0, refused: [{ reason: "1 of them are not dead any more." }] });
  });

  it("remove takes out waiting jobs and dead letters", async () => {
    const { world, ids } = await openWithDead(2);
    await using _ = world;
    const removed = await world.act({ action: "remove", queue: "images", ids: [ids[0]!, "no-such-id"] });
    expect(removed).toMatchObject({
      done: 1,
      refused: [{ id: "no-such-id", reason: "there is no such job." }],
      audit: { action: "remove", outcome: "done: 1, refused: 1" },
    });
    expect(await counts(world, "images")).toEqual({ ready: 0, delayed: 0, dead: 1 });
  });

  it("a group is retried or removed as a whole, and nothing beside it", async () => {
    const { world } = await openWithDead(3);
    await using _ = world;
    const other = { action: "retryGroup", queue: "images", reason: "exhausted" } as const;
    expect(await world.act(other)).toMatchObject({ done: 0 });
    const group = { queue: "images", reason: "fatal", task: "resize" } as const;
    expect(await world.act({ action: "retryGroup", ...group })).toMatchObject({
      done: 3,
      audit: { action: "retryGroup", target: "images, reason fatal, task resize" },
    });
    await world.run(3);
    expect(await world.act({ action: "removeGroup", ...group })).toMatchObject({
      done: 3,
      audit: { action: "removeGroup" },
    });
    expect(await counts(world, "images")).toEqual({ ready: 0, delayed: 0, dead: 0 });
  });

  it("a group is retried without those that the code of today refuses", async () => {
    const { world } = await openWithDead(1);
    await using _ = world;
    const older = createApp({
      broker: world.app.broker!,
      tasks: [oldResize],
      handlers: [
        handle(oldResize, () => {
          throw new FatalError("too old");
        }),
      ],
    });
    const { id } = await older.enqueue(oldResize, { file: 7 });
    const until = { type: "settled", jobs: 1 } as const;
    await older.worker({ ownsProcess: false, queues: ["images"], until }).run();
    const answer = await world.act({ action: "retryGroup", queue: "images", onlyValid: true });
    expect(answer).toMatchObject({ done: 1, refused: [{ id, reason: expect.stringContaining("file") }] });
    expect(await counts(world, "images")).toEqual({ ready: 1, delayed: 0, dead: 1 });
  });

  it("a dead letter is sent again with other parameters, which are checked first", async () => {
    const { world, ids } = await openWithDead(1);
    await using _ = world;
    const edit = { action: "editAndRetry", queue: "images", id: ids[0]! } as const;
    const wrong = await world.post({ ...edit, params: { file: 7 } });
    expect([wrong.status, (await jsonOf(wrong)).error.code]).toEqual([400, "refused"]);
    expect(await counts(world, "images")).toEqual({ ready: 0, delayed: 0, dead: 1 });
    const edited = await world.act({ ...edit, params: { file: "secret-name" } });
    expect(edited).toMatchObject({ done: 1, audit: { action: "editAndRetry", target: `images: ${ids[0]}` } });
    expect(JSON.stringify(edited.audit)).not.toContain("secret-name");
    expect(await counts(world, "images")).toEqual({ ready: 1, delayed: 0, dead: 0 });
    await world.run(1);
    expect(await counts(world, "images")).toEqual({ ready: 0, delayed: 0, dead: 0 });
  });

  it("a waiting job is cancelled", async () => {
    await using world = await open();
    const { id } = await world.app.enqueue(mail, { to: "a" });
    expect(await world.act({ action: "cancel", id })).toMatchObject({
      done: 1,
      audit: { action: "cancel", target: id },
    });
    expect(await counts(world, "default")).toEqual({ ready: 0, delayed: 0, dead: 0 });
    expect(await world.act({ action: "cancel", id: "no-such-id" })).toMatchObject({
      done: 0,
      refused: [{ id: "no-such-id" }],
    });
  });

  it("a queue is paused, resumed and purged", async () => {
    await using world = await open();
    await world.app.enqueue(mail, { to: "a" });
    await world.act({ action: "pauseQueue", queue: "default" });
    expect(await world.app.stats("default")).toMatchObject({ isPaused: true });
    await world.act({ action: "resumeQueue", queue: "default" });
    expect(await world.app.stats("default")).toMatchObject({ isPaused: false });
    const purged = await world.act({ action: "purgeQueue", queue: "default" });
    expect(purged).toMatchObject({ done: 1, audit: { action: "purgeQueue", target: "default" } });
    expect(await counts(world, "default")).toMatchObject({ ready: 0 });
  });

  it("a schedule is run, paused and resumed", async () => {
    await using world = await open();
    const isPaused = async () => (await world.app.schedules.list())[0]?.isPaused;
    await world.act({ action: "runSchedule", schedule: "daily" });
    expect(await counts(world, "default")).toMatchObject({ ready: 1 });
    await world.act({ action: "pauseSchedule", schedule: "daily" });
    expect(await isPaused()).toBe(true);
    const resumed = await world.act({ action: "resumeSchedule", schedule: "daily" });
    expect(resumed).toMatchObject({ done: 1, audit: { action: "resumeSchedule", target: "daily" } });
    expect(await isPaused()).toBe(false);
    const unknown = await world.post({ action: "runSchedule", schedule: "weekly" });
    expect(unknown.status).toBe(400);
    const { entries } = await world.get<{ entries: unknown[] }>("audit");
    expect(entries[0]).toMatchObject({ target: "weekly", outcome: "failed: invalid_config" });
  });
});

describe("a schedule made at run time", () => {
  it("is edited and removed, and one of the code is not", async () => {
    await using world = new DashboardWorld(await STORAGES.memory!());
    const { schedules } = world.app;
    const options = { tags: ["night"], maxAttempts: 2 };
    const every = { everyMs: 3_600_000, task: mail, params: { to: "a" }, queue: "images" };
    await schedules.set("hourly", { ...every, options });
    const cadence = { cron: "0 3 * * *", timeZone: "Europe/Berlin" };
    const edit = { action: "editSchedule", cadence } as const;
    expect(await world.act({ ...edit, schedule: "hourly" })).toMatchObject({
      done: 1,
      audit: { action: "editSchedule", target: "hourly" },
    });
    const [, edited] = await schedules.list();
    const kept = { params: { to: "a" }, options: { ...options, queue: "images" } };
    expect(edited?.schedule).toMatchObject({ cadence, ...kept });
    const refused = [{ id: "daily", reason: "only schedules made at run time can be edited." }];
    expect(await world.act({ ...edit, schedule: "daily" })).toMatchObject({ done: 0, refused });
    const wrong = await world.post({ ...edit, schedule: "hourly", cadence: { everyMs: 1 } });
    expect([wrong.status, (await jsonOf(wrong)).error.code]).toEqual([400, "invalid_config"]);
    expect(await world.act({ action: "removeSchedule", schedule: "hourly" })).toMatchObject({ done: 1 });
    expect((await world.post({ action: "removeSchedule", schedule: "daily" })).status).toBe(400);
    expect(await schedules.list()).toHaveLength(1);
  });
});

describe("a change that cannot be read", () => {
  it.each([
    ["no action", {}],
    ["an unknown action", { action: "drop" }],
    ["the name of a method of objects", { action: "toString" }],
    ["no ids", { action: "retry", queue: "images" }],
    ["ids that are no texts", { action: "remove", queue: "images", ids: [{}] }],
    ["a queue that the app does not use", { action: "purgeQueue", queue: "other" }],
    ["more than is known", { action: "pauseQueue", queue: "images", force: true }],
    ["no object", null],
  ])("is refused: %s", async (_, action) => {
    await using world = new DashboardWorld(await STORAGES.memory!());
    const response = await world.post(action);
    expect([response.status, (await jsonOf(response)).error.code]).toEqual([400, "refused"]);
    expect(await world.get("audit")).toEqual({ entries: [] });
  });
});
