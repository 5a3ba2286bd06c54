import { memory } from "@jobs/adapter-memory";
import { chain, createApp, defineTask, step } from "@jobs/core";
import { describe, expect, it } from "vitest";
import { countLeft, type WantedJobs } from "../../src/wait/count-left.ts";
import { createProject, outcomeOf } from "../project.ts";
import { createSqsProject, provision } from "./sqs-project.ts";

const mail = defineTask("mail", { to: "string" });
const note = defineTask("note", ["text", "size?"], { queue: "notes" });

describe("the count of jobs that are left", () => {
  it("is by task, signature, state, queue and time, with later steps of flows", async () => {
    await using app = createApp({ broker: memory(), tasks: [mail, note] });
    const before = Date.now() - 1;
    await app.enqueue(mail, { to: "ada" });
    await app.enqueue(mail, { to: "ada" }, { delayMs: 60_000 });
    await app.enqueue(note, { text: "x" });
    await app.start(chain([step(mail, { to: "ada" }), step(note, { text: "y" })]));
    const count = (wanted: Partial<WantedJobs>) =>
      countLeft(app, { task: "mail", hasDead: false, ...wanted });
    expect(await count({})).toEqual({ delayed: 1, ready: 2 });
    expect(await count({ sig: "to" })).toEqual({ delayed: 1, ready: 2 });
    expect(await count({ sig: "from" })).toEqual({});
    expect(await count({ queues: ["notes"] })).toEqual({});
    expect(await count({ enqueuedBefore: before })).toEqual({});
    expect(await count({ enqueuedBefore: Date.now() + 1 })).toEqual({ delayed: 1, ready: 2 });
    expect(await count({ task: "note", sig: "size?,text" })).toEqual({ ready: 2 });
    expect(await count({ task: "gone" })).toEqual({});
  });

  it("has dead letters only if they are asked for, and jobs at work always", async () => {
    const broker = memory();
    await using app = createApp({ broker, tasks: [mail] });
    await app.enqueueMany([
      [mail, { to: "ada" }],
      [mail, { to: "ada" }],
    ]);
    const consumer = await broker.openConsumer("default", { leaseMs: 60_000 });
    const receive = { max: 2, waitMs: 0, signal: new AbortController().signal };
    const [delivery] = await consumer.receive(receive);
    if (delivery === undefined) throw new Error("nothing was received");
    await consumer.settle([{ delivery, action: "dead", reason: "fatal" }]);
    expect(await countLeft(app, { task: "mail", hasDead: false })).toEqual({ leased: 1 });
    expect(await countLeft(app, { task: "mail", hasDead: true })).toEqual({ leased: 1, dead: 1 });
  });
});

describe("jobs wait --until-empty", () => {
  it("is exit 75 with what is left, on stdout too for a program", async () => {
    using project = createProject();
    await project.jobs(["enqueue", "my_task", "a=1", "b=2", "--then", "legacy file=x"]);
    const ask = ["wait", "--task", "legacy", "--until-empty", "--timeout", "300ms"];
    expect(await project.jobs([...ask, "--sig", "file,mode?"])).toMatchObject({
      code: 75,
      stderr: expect.stringContaining(
        "after 300ms 1 job of legacy with the signature file,mode? is left: ready 1.",
      ),
    });
    expect(await project.json([...ask, "--enqueued-before", "2026-01-01T00:00Z", "--json"])).toEqual({
      schema: "jobs.wait/1",
      task: "legacy",
      sig: null,
      enqueuedBefore: "2026-01-01T00:00:00.000Z",
      left: 0,
      states: {},
    });
    expect(await project.json([...ask, "--json"])).toMatchObject({
      error: { code: "timed_out", left: 1, states: { ready: 1 } },
    });
  });

  it("ends when the last job is done", async () => {
    using project = createProject();
    await project.jobs(["enqueue", "slow", "ms=300"]);
    const waiting = outcomeOf(project.start(["wait", "--task", "slow", "--until-empty", "--timeout", "50s"]));
    await project.jobs(["worker", "--drain"]);
    expect(await waiting).toEqual({ code: 0, stdout: "no job of slow is left\n", stderr: "" });
  });

  it.each([
    [[], "say what to wait for"],
    [["--until-empty", "--until-accepted"], "until-accepted"],
    [["--until-empty", "--enqueued-before", "yesterday"], "must be now, or a moment"],
  ] as [string[], string][])("refuses the goal %j", async (words, reason) => {
    using project = createProject();
    const refused = await project.jobs(["wait", "--task", "my_task", ...words]);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining(reason) });
  });

  it("reads the history where the broker shows no jobs, and says what that does not know", async () => {
    await using world = await createSqsProject();
    const { project, env, sqs } = world;
    await provision(sqs, "default");
    const ask = ["wait", "--task", "my_task", "--queues", "default", "--until-empty", "--timeout", "300ms"];
    expect(await project.jobs(ask, { env })).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("the app has no history"),
    });
    const withHistory = { env: { ...env, JOBS_HISTORY: "sqlite" } };
    await project.jobs(["enqueue", "my_task", "a=1", "b=2"], withHistory);
    expect(await project.jobs(ask, withHistory)).toMatchObject({
      code: 75,
      stderr: expect.stringContaining("1 job of my_task is left: enqueued 1."),
    });
    expect(await project.jobs([...ask, "--sig", "a,b"], withHistory)).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("does not have their signatures"),
    });
  });
});

describe("jobs wait --until-accepted", () => {
  it("is not done while no worker runs, and done when the only one has the same form", async () => {
    using project = createProject();
    const ask = ["wait", "--task", "my_task", "--until-accepted", "--timeout"];
    expect(await project.jobs([...ask, "300ms"])).toMatchObject({
      code: 75,
      stderr: expect.stringContaining("not all running workers accept my_task as it is here"),
    });
    const worker = project.start(["worker"]);
    expect(await project.jobs([...ask, "50s"])).toMatchObject({
      code: 0,
      stdout: "all running workers accept my_task\n",
    });
    const ended = outcomeOf(worker);
    worker.kill("SIGTERM");
    await ended;
  });
});
