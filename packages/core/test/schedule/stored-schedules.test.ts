import { createMemoryStorage, memory } from "@jobs/adapter-memory";
import { expect, onTestFinished, test } from "vitest";
import { createApp, defineSchedule, defineTask, handle, type Task, upcast } from "../../src/index.ts";
import { createVirtualClock } from "../../src/runtime/virtual-clock.ts";

const note = defineTask("note", { text: "string" });

const HOUR_MS = 3_600_000;

/** Processes of an app on one broker, each with a worker, and what their handlers were given. */
function openProcesses() {
  const clock = createVirtualClock();
  const storage = createMemoryStorage({ clock });
  const ran: string[] = [];
  const openProcess = () => {
    const app = createApp({
      broker: memory({ storage }),
      runtime: { clock },
      tasks: [note],
      handlers: [handle(note, ({ text }) => void ran.push(text))],
      schedules: [defineSchedule("fixed", { everyMs: 24 * HOUR_MS, task: note, params: { text: "fixed" } })],
      storedSchedules: true,
    });
    const worker = app.worker({ ownsProcess: false });
    void worker.run();
    onTestFinished(async () => {
      const ended = worker.force();
      await clock.advance(10_000);
      await ended;
    });
    return app;
  };
  return { clock, ran, openProcess };
}

/** Two of them. */
function openTwo() {
  const { clock, ran, openProcess } = openProcesses();
  return { clock, ran, one: openProcess(), other: openProcess() };
}

const every = (everyMs: number, text: string) => ({ everyMs, task: note, params: { text } });

test("a schedule made in one process is sent once a tick by the workers of all", async () => {
  const { clock, ran, one, other } = openTwo();
  await clock.advance(HOUR_MS / 2);
  await one.schedules.set("hourly", every(HOUR_MS, "a"));
  const states = await other.schedules.list();
  expect(states.map(({ schedule, isStored }) => [schedule.name, isStored])).toEqual([
    ["fixed", false],
    ["hourly", true],
  ]);
  await clock.advance(3 * HOUR_MS);
  expect(ran.filter((text) => text === "a")).toHaveLength(3);
});

test("a tick that is due before any worker has read the schedule is sent", async () => {
  const { clock, ran, one } = openTwo();
  await clock.advance(HOUR_MS - 1_000 - (clock.now() % HOUR_MS));
  ran.length = 0;
  await one.schedules.set("hourly", every(HOUR_MS, "a"));
  await clock.advance(20_000);
  expect(ran.filter((text) => text === "a")).toHaveLength(1);
});

test("a changed schedule sends no tick of its earlier definition, also before workers have read it", async () => {
  const { clock, ran, one } = openTwo();
  await one.schedules.set("hourly", every(HOUR_MS, "old"));
  await clock.advance(2 * HOUR_MS - 1_000 - (clock.now() % HOUR_MS));
  ran.length = 0;
  await one.schedules.set("hourly", every(HOUR_MS, "new"));
  await clock.advance(60_000);
  expect(ran).toEqual(["new"]);
  await one.schedules.set("hourly", every(2 * HOUR_MS, "rare"));
  await clock.advance(4 * HOUR_MS);
  expect(ran.filter((text) => text !== "fixed")).toEqual(["new", "rare", "rare"]);
});

test("a definition that is put back after a change is sent again", async () => {
  const { clock, ran, openProcess } = openProcesses();
  // So that the worker reads the schedules between two ticks, not at one.
  await clock.advance((15_000 - (clock.now() % 10_000)) % 10_000);
  const one = openProcess();
  await one.schedules.set("hourly", every(HOUR_MS, "a"));
  await clock.advance(2 * HOUR_MS - 1_000 - (clock.now() % HOUR_MS));
  await one.schedules.set("hourly", every(25 * HOUR_MS, "b"));
  await clock.advance(2_000);
  await one.schedules.set("hourly", every(HOUR_MS, "a"));
  ran.length = 0;
  await clock.advance(3 * HOUR_MS);
  expect(ran.filter((text) => text === "a")).toHaveLength(3);
});

test("a removed schedule sends nothing, and one of the code stays", async () => {
  const { clock, ran, one, other } = openTwo();
  await one.schedules.set("hourly", every(HOUR_MS, "a"));
  await clock.advance(60_000);
  await one.schedules.pause("hourly");
  await other.schedules.remove("hourly");
  ran.length = 0;
  await clock.advance(3 * HOUR_MS);
  expect(ran.filter((text) => text === "a")).toEqual([]);
  const isRefused = { code: "invalid_config" };
  await expect(one.schedules.remove("hourly")).rejects.toMatchObject(isRefused);
  await expect(one.schedules.remove("fixed")).rejects.toMatchObject(isRefused);
  await expect(one.schedules.set("fixed", every(HOUR_MS, "a"))).rejects.toMatchObject(isRefused);
  await one.schedules.set("hourly", every(HOUR_MS, "a"));
  expect((await one.schedules.list())[1]).toMatchObject({ isPaused: false });
});

test("what the task refuses is not stored, and an app without the option has none", async () => {
  const { one } = openTwo();
  await expect(
    one.schedules.set("x", { everyMs: 5_000, task: note, params: { text: 7 } as never }),
  ).rejects.toMatchObject({
    code: "signature_mismatch",
  });
  await expect(
    one.schedules.set("x", { cron: "61 * * * *", task: note, params: { text: "a" } }),
  ).rejects.toMatchObject({
    code: "invalid_config",
  });
  expect(await one.schedules.list()).toHaveLength(1);
  await using plain = createApp({ broker: memory(), tasks: [note] });
  await expect(plain.schedules.set("x", every(5_000, "a"))).rejects.toMatchObject({
    code: "invalid_config",
    hint: expect.stringContaining("storedSchedules"),
  });
});

test("a schedule of an earlier version of its task is read in today's", async () => {
  const storage = createMemoryStorage();
  const appOf = (task: Task) =>
    createApp({ broker: memory({ storage }), tasks: [task], storedSchedules: true });
  const renamed = (version: 2 | 3) =>
    defineTask("note", { [`text${version}`]: "string" }, {
      version,
      from: {
        [version - 1]: upcast(["text", "text2"].slice(version - 2, version - 1), (old) => ({
          [`text${version}`]: Object.values(old)[0],
        })),
      },
    } as never);
  await appOf(note).schedules.set("hourly", every(HOUR_MS, "a"));
  const paramsOf = async (task: Task) =>
    (await appOf(task).schedules.list()).map(({ schedule }) => schedule.params);
  expect(await paramsOf(note)).toEqual([{ text: "a" }]);
  expect(await paramsOf(renamed(2))).toEqual([{ text2: "a" }]);
  const second = renamed(2);
  await appOf(second).schedules.set("hourly", {
    everyMs: HOUR_MS,
    task: second,
    params: { text2: "b" } as never,
  });
  expect(await paramsOf(renamed(3))).toEqual([{ text3: "b" }]);
  expect(await paramsOf(note)).toEqual([{ text2: "b" }]);
});

test("the jobs of a stored schedule have its options, in every process and after a change", async () => {
  const { clock, one, other } = openTwo();
  const sent: unknown[] = [];
  for (const app of [one, other])
    app.observe((event) => void (event.type === "job.enqueued" && sent.push(event.job.tags)));
  const options = { priority: 5, tags: ["customer:7"], expiresInMs: HOUR_MS };
  await one.schedules.set("hourly", { ...every(HOUR_MS, "a"), queue: "default", options });
  const [, state] = await other.schedules.list();
  expect(state?.schedule.options).toEqual({ ...options, queue: "default" });
  await clock.advance(2 * HOUR_MS);
  expect(sent).toContainEqual(["customer:7"]);
  await one.schedules.set("hourly", every(HOUR_MS, "a"));
  const [, changed] = await other.schedules.list();
  expect(changed?.schedule.options).toEqual({});
});

test("an unknown option of a stored schedule is refused", async () => {
  const { one } = openTwo();
  const refused = (options: object) => one.schedules.set("hourly", { ...every(HOUR_MS, "a"), ...options });
  await expect(refused({ option: {} })).rejects.toMatchObject({
    code: "invalid_config",
    hint: 'Did you mean "options"?',
  });
  await expect(refused({ options: { prioritty: 5 } })).rejects.toMatchObject({
    code: "invalid_config",
    hint: 'Did you mean "priority"?',
  });
  expect(await one.schedules.list()).toHaveLength(1);
});
