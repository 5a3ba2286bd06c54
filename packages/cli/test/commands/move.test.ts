import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sqlite } from "@jobs/adapter-sqlite";
import type { Broker } from "@jobs/core/broker";
import { describe, expect, it } from "vitest";
import { fill, jobMessage, LATER_MS, stored } from "../move/moved-jobs.ts";
import { createProject, outcomeOf, type TestProject } from "../project.ts";

const FROM = "sqlite:./from.db";
const TO = "sqlite:./to.db";
const MOVE = ["move", "--from", FROM, "--to", TO, "--queues", "default", "--json"];

/** Opens both brokers of a project. They close with the test. */
async function brokersOf({ folder }: TestProject) {
  const open = (file: string): Broker => sqlite({ file: join(folder, file) });
  const [from, to] = [open("from.db"), open("to.db")];
  return {
    from: await from.openQueue("default"),
    to: await to.openQueue("default"),
    consumer: await from.openConsumer("default", { leaseMs: 60_000 }),
    async [Symbol.asyncDispose]() {
      await Promise.all([from.close(), to.close()]);
    },
  };
}

describe("jobs move", () => {
  it("keeps ids, order, delays, priorities, failures and deaths", async () => {
    using project = createProject();
    await using brokers = await brokersOf(project);
    const ids = await fill(brokers.from, { ready: 150, failed: 3, delayed: 3, dead: 3, urgent: 3 });
    const before = await stored(brokers.from);
    const report = await project.json(MOVE);
    expect(report).toMatchObject({ schema: "jobs.move/1", isStopped: false, isResumed: false });
    expect(report.queues).toEqual([
      {
        name: "default",
        moved: 162,
        dead: 3,
        refused: [],
        maybeTwice: [],
        left: { ready: 0, delayed: 0, leased: 0, dead: 0 },
      },
    ]);
    expect(await stored(brokers.from)).toEqual([]);
    const after = await stored(brokers.to);
    expect(after.map(({ messageId }) => messageId).sort()).toEqual(ids);
    const comparable = (one: (typeof after)[number]) => ({ ...one, dueAt: 0 });
    expect(after.map(comparable)).toEqual(before.map(comparable));
    for (const [index, { state, dueAt }] of after.entries()) {
      if (state !== "delayed") continue;
      expect(dueAt).toBeGreaterThanOrEqual(before[index]?.dueAt ?? 0);
      expect(dueAt).toBeLessThan((before[index]?.dueAt ?? 0) + LATER_MS / 2);
    }
    expect((await brokers.from.stats()).isPaused).toBe(false);
    expect(
      existsSync(join(project.folder, ".jobs")) ? readdirSync(join(project.folder, ".jobs")) : [],
    ).toEqual([]);
  });

  it("leaves what workers have, keeps a pause that was there, and says so with status 1", async () => {
    using project = createProject();
    await using brokers = await brokersOf(project);
    await brokers.from.send([jobMessage("leased")]);
    await brokers.consumer.receive({ max: 1, waitMs: 0, signal: new AbortController().signal });
    await brokers.from.send([jobMessage("ready")]);
    await brokers.from.pause();
    const { code, stdout } = await project.jobs(MOVE.filter((word) => word !== "--json"));
    expect({ code, stdout }).toEqual({ code: 1, stdout: "default: moved 1 job\n  left: 1 leased\n" });
    expect((await brokers.from.stats()).isPaused).toBe(true);
    expect((await stored(brokers.to)).map(({ messageId }) => messageId)).toEqual(["ready"]);
  });

  it("leaves a job of a group, whose values the target would not have", async () => {
    using project = createProject();
    await using brokers = await brokersOf(project);
    const flow = { chain: "f", chainStartedAt: "2026-01-31T12:00:00.000Z" };
    const join = { id: "g", size: 2, index: 0, next: [] };
    const next = [{ task: "legacy", params: { file: "x" }, sig: "file,mode?", queue: "default" }];
    await brokers.from.send([jobMessage("line", { ...flow, join }), jobMessage("step", { ...flow, next })]);
    const report = await project.json([...MOVE, "--dry-run"]);
    expect(report).toMatchObject({
      isDryRun: true,
      queues: [{ moved: 1, refused: [{ id: "line", code: "unsupported" }] }],
    });
    expect(await stored(brokers.to)).toEqual([]);
    expect(await project.json(MOVE)).toMatchObject({
      queues: [{ moved: 1, refused: [{ id: "line" }], left: { ready: 1 } }],
    });
    const [moved] = await stored(brokers.to);
    expect(JSON.parse(moved?.body ?? "")).toMatchObject({ id: "step", ...flow, next });
    const shared = ["--results", "sqlite:./results.db"];
    expect(await project.json([...MOVE, ...shared])).toMatchObject({ queues: [{ moved: 1, refused: [] }] });
  });

  it("ends after the jobs in hand at a signal, and the same command moves the rest", async () => {
    using project = createProject();
    await using brokers = await brokersOf(project);
    const ids = await fill(brokers.from, { ready: 300 });
    const child = project.start([...MOVE, "--rate", "50/s"]);
    const ended = outcomeOf(child);
    while ((await brokers.to.stats()).ready.n === 0) await new Promise((resolve) => setImmediate(resolve));
    child.kill("SIGINT");
    const { code, stdout } = await ended;
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ isStopped: true });
    expect((await brokers.from.stats()).isPaused).toBe(false);
    const [left, moved] = [await stored(brokers.from), await stored(brokers.to)];
    expect([...left, ...moved].map(({ messageId }) => messageId).sort()).toEqual(ids);
    expect(left.length).toBeGreaterThan(0);
    expect(await project.json(MOVE)).toMatchObject({ queues: [{ moved: left.length, maybeTwice: [] }] });
  });

  it("leaves a file that is no journal as it is", async () => {
    using project = createProject({ "notes.txt": "keep me" });
    await using brokers = await brokersOf(project);
    await fill(brokers.from, { ready: 1 });
    for (const [file, words] of [
      ["notes.txt", "is no journal of a move"],
      [".", "cannot be used"],
      ["notes.txt/journal", "cannot be used"],
    ] as const) {
      const { code, stdout } = await project.jobs([...MOVE, "--journal", file]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: expect.stringContaining(words) });
    }
    expect(readFileSync(join(project.folder, "notes.txt"), "utf8")).toBe("keep me");
    expect(await stored(brokers.from)).toHaveLength(1);
  });

  it("refuses one broker by two addresses, whose jobs would be their own duplicates", async () => {
    using project = createProject();
    await using brokers = await brokersOf(project);
    const ids = await fill(brokers.from, { ready: 3, dead: 1 });
    const same = ["move", "--from", FROM, "--to", `sqlite:${join(project.folder, "from.db")}`];
    for (const more of [[], ["--dry-run"]]) {
      const { code, stderr } = await project.jobs([...same, "--queues", "default", ...more]);
      expect({ code, stderr }).toEqual({ code: 78, stderr: expect.stringContaining("are the same broker") });
    }
    expect((await stored(brokers.from)).map(({ messageId }) => messageId).sort()).toEqual(ids);
  });

  it("refuses one broker twice, a broker in memory and a wrong rate", async () => {
    using project = createProject();
    expect((await project.jobs(["move", "--from", FROM, "--to", FROM])).code).toBe(78);
    expect((await project.jobs(["move", "--from", "memory", "--to", TO])).code).toBe(64);
    expect((await project.jobs([...MOVE, "--rate", "fast"])).code).toBe(2);
  });
});
