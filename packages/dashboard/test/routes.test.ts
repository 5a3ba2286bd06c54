import { hasRedis } from "@jobs/test-servers";
import { describe, expect, it } from "vitest";
import type { AuditLog } from "../src/api/action-types.ts";
import type {
  DeadLetters,
  JobDetail,
  Overview,
  QueueDetail,
  ScheduleList,
  SignatureList,
  WorkerList,
} from "../src/api/api-types.ts";
import { DashboardWorld, HOME, jsonOf, mail, PARTS, resize, STORAGES } from "./dashboard-world.ts";

const kinds = (await hasRedis()) ? Object.keys(STORAGES) : ["memory", "sqlite"];

describe.each(kinds)("the routes on %s", (kind) => {
  const open = async (options = {}) => new DashboardWorld(await STORAGES[kind]!(), options);

  it("the overview counts the jobs of each queue, and says what is missing", async () => {
    await using world = await open();
    await world.app.enqueue(mail, { to: "a" });
    await world.app.enqueue(mail, { to: "b" }, { delayMs: 60_000 });
    await world.app.enqueue(resize, { file: "broken" });
    await world.run(1);
    const { app, queues, minutes } = await world.get<Overview>("overview");
    expect(app).toMatchObject({ broker: { kind }, results: kind, role: "act", mayShowParams: false });
    expect(app.limits.map(({ feature }) => feature)).toEqual(["history"]);
    expect(queues).toMatchObject([
      { name: "default", ready: { n: 1 }, delayed: { n: 1 }, dead: { n: 0 }, isPaused: false },
      { name: "images", ready: { n: 0 }, dead: { n: 1 } },
    ]);
    expect(minutes).toMatchObject({ unsupported: { feature: "history" } });
  });

  it("a queue is shown in pages, and one that the app does not use is not found", async () => {
    await using world = await open();
    await world.app.enqueueMany(Array.from({ length: 60 }, (_, to) => [mail, { to: String(to) }] as const));
    const first = await world.get<QueueDetail>("queues/default?state=ready");
    if ("unsupported" in first.page) throw new Error("no peek");
    expect(first.page.jobs).toHaveLength(50);
    const second = await world.get<QueueDetail>(
      `queues/default?cursor=${encodeURIComponent(first.page.nextCursor ?? "")}`,
    );
    expect(second.page).toMatchObject({ jobs: { length: 10 }, nextCursor: null });
    expect((await world.fetch("/api/queues/other")).status).toBe(404);
    const wrong = await world.fetch("/api/queues/default?state=bogus");
    const message = expect.stringMatching(/^state must be one of ready, .*dead/);
    expect([wrong.status, await wrong.json()]).toEqual([400, { error: { code: "refused", message } }]);
  });

  it("a job is shown from its queue, and from its result when it is done; its parameters never", async () => {
    await using world = await open();
    const { id } = await world.app.enqueue(resize, { file: "secret-file" });
    const waiting = await world.get<JobDetail>(`jobs/${id}?params=1`);
    expect(waiting).toMatchObject({
      job: { id, task: "resize", queue: "images", state: "ready" },
      stored: { params: null, areParamsHidden: true },
      result: null,
      why: { cause: "no_worker", evidence: expect.arrayContaining([expect.any(String)]) },
    });
    expect(JSON.stringify(waiting)).not.toContain("secret-file");
    await world.run(1);
    expect(await world.get<JobDetail>(`jobs/${id}`)).toMatchObject({
      job: { id, state: "succeeded" },
      stored: null,
      result: { status: "succeeded", value: { file: "secret-file" } },
    });
    const unknown = await world.get<JobDetail>("jobs/no-such-id");
    expect(unknown).toMatchObject({ job: null, stored: null, why: { cause: "not_found" } });
  });

  it("parameters are shown to who may act, if they are asked for", async () => {
    const tokens = [
      { name: "ann", token: "a".repeat(16) },
      { name: "ben", token: "b".repeat(16), role: "view" as const },
    ];
    await using world = await open({ showParams: true, tokens });
    const { id } = await world.app.enqueue(resize, { file: "shown-file" });
    const paramsFor = async (letter: string, query: string) => {
      const headers = { authorization: `Bearer ${letter.repeat(16)}` };
      const { stored } = await world.get<JobDetail>(`jobs/${id}${query}`, headers);
      return stored !== null && "params" in stored ? stored.params : undefined;
    };
    expect(await paramsFor("a", "?params=1")).toEqual({ file: "shown-file" });
    expect(await paramsFor("a", "")).toBeNull();
    expect(await paramsFor("b", "?params=1")).toBeNull();
  });

  it("dead letters are grouped by reason, task and signature", async () => {
    await using world = await open();
    for (let n = 0; n < 3; n++) await world.app.enqueue(resize, { file: "broken" });
    await world.run(3);
    const { groups, unsupported } = await world.get<DeadLetters>("dead");
    expect(unsupported).toEqual([]);
    expect(groups).toMatchObject([
      {
        queue: "images",
        reason: "fatal",
        task: "resize",
        count: 3,
        isPartial: false,
        error: expect.stringContaining("cannot read the file"),
        sample: { length: 3 },
      },
    ]);
    const id = groups[0]?.sample[0] ?? "";
    expect(await world.get<JobDetail>(`dead/images/${id}`)).toMatchObject({
      job: { id, state: "dead", attempt: 1 },
      stored: { dead: { reason: "fatal", error: { message: "cannot read the file" } } },
    });
    expect(await world.get<DeadLetters>("dead?queue=default")).toEqual({ groups: [], unsupported: [] });
  });

  it("workers, schedules and signatures are listed, without parameters", async () => {
    await using world = await open();
    await world.app.enqueue(mail, { to: "secret-name" });
    const signatures = await world.get<SignatureList>("signatures");
    expect(signatures).toMatchObject({
      signatures: [{ task: "mail", queue: "default", count: 1, isCurrent: true }],
      isPartial: false,
    });
    const { schedules } = await world.get<ScheduleList>("schedules");
    expect(schedules).toMatchObject([
      { name: "daily", task: "mail", isPaused: false, nextAt: { length: 3 } },
    ]);
    expect(JSON.stringify(schedules)).not.toContain("everybody");
    expect(await world.get<WorkerList>("workers")).toEqual({ workers: [] });
    const worker = world.app.worker({ ownsProcess: false, queues: ["images"] });
    const ended = worker.run();
    await expect.poll(() => world.get<WorkerList>("workers")).toMatchObject({ workers: { length: 1 } });
    await worker.stop();
    await ended;
  });

  it("what nothing keeps is said, with what it would take", async () => {
    await using world = await open();
    const needs = expect.stringContaining("history");
    const unsupported = { feature: "history", why: expect.any(String), needs };
    expect(await world.get("jobs?task=mail")).toEqual({ page: { unsupported } });
    expect(await world.get("flows/some-flow")).toEqual({ flow: { unsupported } });
    expect(await world.get<JobDetail>("jobs/some")).toMatchObject({ timeline: { unsupported } });
  });

  it("the audit log outlives the dashboard", async () => {
    await using world = await open();
    await world.act({ action: "pauseQueue", queue: "images" });
    await world.act({ action: "resumeQueue", queue: "images" });
    await world.dashboard.close();
    const { createDashboard } = await import("../src/index.ts");
    const later = createDashboard({ app: world.app });
    const { entries } = await jsonOf<AuditLog>(await later.fetch(new Request(`${HOME}/api/audit`)));
    expect(entries).toMatchObject([{ action: "resumeQueue" }, { action: "pauseQueue", who: "local" }]);
  });
});

it("an unknown route is refused in JSON, any other path is the page", async () => {
  await using world = new DashboardWorld(await STORAGES.memory!());
  const unknown = await world.fetch("/api/unknown");
  expect([unknown.status, (await jsonOf(unknown)).error.code]).toEqual([404, "not_found"]);
  const page = await world.fetch("/queues/default");
  expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(page.headers.get("content-security-policy")).toContain("default-src 'self'");
  expect(PARTS.queues).toContain("images");
});
