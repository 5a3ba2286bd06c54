import { describe, expect, it } from "vitest";
import { createProject, type TestProject } from "../project.ts";

async function deadLetter(project: TestProject, id: string): Promise<void> {
  await project.jobs(["enqueue", "failing", "how=s3cret", "--id", id]);
  await project.jobs(["worker", "--drain"]);
}

/** Its broker does not put back one dead letter, as if another process had been quicker, and says that it hides some. */
const KEEPING_APP = `
import { sqlite } from "@jobs/adapter-sqlite";
import { createApp, defineTask, handle } from "@jobs/core";
const over = (target, own) =>
  new Proxy(target, {
    get: (_, name) => own[name] ?? (typeof target[name] === "function" ? target[name].bind(target) : target[name]),
  });
const stored = sqlite({ file: "jobs.db" });
const broker = over(stored, {
  openQueue: async (name) => {
    const queue = await stored.openQueue(name);
    const redrive = async (options) =>
      options.ids?.includes("kept") ? { moved: 0, hidden: { n: 3, forMs: 60_000 } } : queue.redrive(options);
    return over(queue, { redrive });
  },
});
const failing = defineTask("failing", { how: "string?" }, { maxAttempts: 1 });
const fails = () => {
  throw new Error("as asked");
};
export default createApp({ broker, tasks: [failing], handlers: [handle(failing, fails)] });
`;

describe("jobs dlq", () => {
  it("lists and shows dead letters with their reasons, without parameters [E7]", async () => {
    using project = createProject();
    await deadLetter(project, "d1");
    const list = await project.jobs(["dlq", "list"]);
    expect(list.stdout).toMatch(/d1 +failing +default .*exhausted/);
    const show = await project.jobs(["dlq", "show", "d1"]);
    expect(show.stdout).toContain("Error: as asked\\u001b[31m");
    expect(list.stdout + show.stdout).not.toContain("s3cret");
    const shown = await project.json(["dlq", "show", "d1", "--params", "--json"]);
    expect(shown).toMatchObject({
      schema: "jobs.job/1",
      id: "d1",
      params: { how: "s3cret" },
      dead: { reason: "exhausted" },
    });
    expect((await project.jobs(["dlq", "show", "nope"])).code).toBe(1);
  });

  it("retry puts them back [P15]", async () => {
    using project = createProject();
    await deadLetter(project, "d1");
    const dry = await project.jobs(["dlq", "retry", "--all", "--dry-run"]);
    expect(dry.stdout).toBe("would put back 1 dead letter (1 of default)\n");
    expect(await project.json(["dlq", "retry", "d1", "--to", "mail", "--json"])).toEqual({
      isDryRun: false,
      chosen: 1,
      moved: 1,
    });
    expect(await project.json(["show", "d1", "--json"])).toMatchObject({
      queue: "mail",
      state: "ready",
      redrives: 1,
    });
    expect((await project.jobs(["dlq", "retry"])).code).toBe(2);
  });

  it("retry of named ones is exit 1, and names each that was not put back", async () => {
    using project = createProject({ "app.mjs": KEEPING_APP });
    for (const id of ["d1", "kept"]) await deadLetter(project, id);
    const named = ["dlq", "retry", "d1", "kept"];
    const retried = await project.jobs([...named, "--json"]);
    expect(JSON.parse(retried.stdout)).toEqual({
      isDryRun: false,
      chosen: 2,
      moved: 1,
      missing: ["kept"],
      hidden: 3,
    });
    expect(retried.code).toBe(1);
    expect(retried.stderr).toContain("default: about 3 further dead letters cannot be seen");
    const again = await project.jobs(["dlq", "retry", "kept", "--only-valid"]);
    expect(again).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/put back 0 of 1.*\n.*hidden: kept\n/s),
    });
    expect((await project.jobs(["dlq", "retry", "--all"])).code).toBe(0);
  });

  it("export writes them out, parameters included, and as lines from which the same jobs are enqueued again", async () => {
    using project = createProject();
    for (const id of ["d1", "d2"]) await deadLetter(project, id);
    const exported = await project.jobs(["dlq", "export", "--queues", "default"]);
    expect(exported).toMatchObject({ code: 0, stderr: "exported 2\n" });
    const [first, second] = exported.stdout.trim().split("\n");
    expect(JSON.parse(first ?? "")).toMatchObject({
      id: "d1",
      params: { how: "s3cret" },
      dead: { reason: "exhausted" },
    });
    expect(JSON.parse(second ?? "")).toMatchObject({ id: "d2" });
    const { stdout: lines } = await project.jobs(["dlq", "export", "--batch", "--limit", "1"]);
    expect(lines).toBe('{"task":"failing","params":{"how":"s3cret"},"id":"d1","queue":"default"}\n');
    const elsewhere = ["--broker", "sqlite:./elsewhere.db"];
    await project.jobs(["enqueue", "--batch", "-", ...elsewhere], { input: lines });
    expect(await project.json(["show", "d1", "--json", ...elsewhere])).toMatchObject({ state: "ready" });
  });

  it("retry and rm name every id that is no dead letter, and count each id once", async () => {
    using project = createProject();
    await deadLetter(project, "d1");
    for (const command of [["retry"], ["rm", "--yes"]]) {
      const { code, stderr } = await project.jobs(["dlq", ...command, "no-a", "d1", "no-b"]);
      expect({ code, stderr }).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("there is no dead letter no-a, no-b in default"),
      });
    }
    expect(await project.json(["dlq", "retry", "no-a", "no-b", "--json"])).toMatchObject({
      error: { code: "not_found", ids: ["no-a", "no-b"] },
    });
    expect((await project.jobs(["dlq", "show", "no-a"])).stderr).toContain("no dead letter no-a in");
    const retried = await project.jobs(["dlq", "retry", "d1", "d1"]);
    expect(retried.stdout).toBe("put back 1 of 1 dead letter (1 of default)\n");
  });

  it("rm removes dead letters only, and only with --yes where nobody can be asked", async () => {
    using project = createProject();
    await deadLetter(project, "d1");
    await project.jobs(["enqueue", "my_task", "a=1", "b=2", "--id", "r1"]);
    const asked = await project.jobs(["dlq", "rm", "d1"]);
    expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining("--yes") });
    expect((await project.jobs(["dlq", "rm", "r1", "--yes"])).code).toBe(1);
    expect((await project.jobs(["dlq", "rm", "d1", "--dry-run"])).stdout).toContain(
      "would remove 1 dead letter",
    );
    expect((await project.jobs(["dlq", "rm", "d1", "--yes"])).stdout).toContain("removed 1 of 1 dead letter");
    expect((await project.jobs(["show", "r1"])).code).toBe(0);
    expect((await project.jobs(["dlq", "list"])).stdout).toBe("none\n");
  });
});

describe("jobs queue", () => {
  it("pauses and resumes [C22]", async () => {
    using project = createProject();
    await project.jobs(["queue", "pause", "default", "--dry-run"]);
    expect(await project.json(["stats", "--json"])).toMatchObject({ queues: [{ isPaused: false }, {}] });
    await project.jobs(["queue", "pause", "default"]);
    expect((await project.jobs(["stats"])).stdout).toMatch(/default .* paused/);
    await project.jobs(["queue", "resume", "default"]);
    expect(await project.json(["stats", "--json"])).toMatchObject({ queues: [{ isPaused: false }, {}] });
  });

  it("purge asks, and leaves dead letters [P23]", async () => {
    using project = createProject();
    await deadLetter(project, "d1");
    await project.jobs(["enqueue", "my_task", "a=1", "b=2"]);
    expect((await project.jobs(["queue", "purge", "default"])).code).toBe(2);
    expect((await project.jobs(["queue", "purge", "default", "--dry-run"])).stdout).toBe(
      "would remove 1 ready and 0 delayed jobs of default\n",
    );
    await project.jobs(["queue", "purge", "default", "--yes"]);
    expect(await project.json(["stats", "--json"])).toMatchObject({
      queues: [{ ready: { n: 0 }, dead: { n: 1 } }, {}],
    });
  });
});
