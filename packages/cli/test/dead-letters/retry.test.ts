import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createProject, hasSaid, outcomeOf, type TestProject } from "../project.ts";

const app = (params: string, handler: string) => `
import { createApp, defineTask, handle } from "@jobs/core";
const mail = defineTask("send_mail", ${params}, { maxAttempts: 1, redact: ["to"] });
const ping = defineTask("ping", {}, { maxAttempts: 1 });
const fail = () => { throw new RangeError("as asked"); };
export default createApp({ tasks: [mail, ping], handlers: [handle(mail, ${handler}), handle(ping, fail)] });
`;

/** The module of the guide. */
const MAP = fileURLToPath(new URL("../fixtures/guide/add-zip.ts", import.meta.url));

/** The release before, whose jobs have died. */
const BEFORE = app('{ to: "string" }', "fail");
const TODAY = app('{ to: "string", zip: "string" }', "() => 1");

/** Some dead letters of the release before, and the code of today. */
async function createDead(count: number): Promise<TestProject> {
  const project = createProject({ "app.mjs": BEFORE });
  const lines = Array.from({ length: count }, (_, index) => ({
    task: "send_mail",
    params: { to: `s3cret-${index}` },
    tags: index === 1 ? ["test"] : [],
  }));
  const all = [...lines, { task: "ping", params: {} }].map((line, index) =>
    JSON.stringify({ ...line, id: `job-${index}` }),
  );
  await project.jobs(["enqueue", "--batch", "-"], { input: all.join("\n") });
  await project.jobs(["worker", "--drain"]);
  project.write("app.mjs", TODAY);
  return project;
}

describe("dead letters after a change of the task", () => {
  it("are counted by reason, task and signature, checked, changed and put back", async () => {
    using project = await createDead(3);
    const groups = await project.jobs(["dlq", "list", "--group-by"]);
    expect(groups.stdout).toMatch(/COUNT +REASON +TASK +SIG +OLDEST/);
    expect(groups.stdout).toMatch(/3 +exhausted +send_mail +to +2.*RangeError/);
    const byTask = await project.json(["dlq", "list", "--group-by", "task", "--json"]);
    expect(byTask).toMatchObject({
      schema: "jobs.dlq-groups/1",
      groups: [
        { task: "send_mail", count: 3, sample: ["job-0", "job-1", "job-2"] },
        { task: "ping", count: 1 },
      ],
    });
    const dry = await project.jobs(["dlq", "retry", "--all", "--only-valid", "--dry-run"]);
    expect(dry.stdout).toContain("would put back 1 of 4 dead letters (4 of default)\n3 jobs stay:\n");
    expect(dry.stdout).toMatch(/3 +send_mail +signature_mismatch +job-0\n.*missing zip/);
    expect(dry.stdout).not.toContain("s3cret");
    const task = ["--task", "send_mail"];
    const bad = await project.json(["dlq", "retry", ...task, "--set", "zip:=7", "--json"]);
    expect(bad).toMatchObject({ moved: 0, unfit: [{ reason: "signature_mismatch", count: 3 }] });
    const change = ["--set", "zip=01", "--map", MAP];
    const moved = await project.jobs(["dlq", "retry", ...task, ...change, "--rate", "100/s"]);
    expect(moved, moved.stderr).toMatchObject({ code: 0 });
    expect(moved.stdout).toBe(
      "put back 2 of 3 dead letters (3 of default); 2 with other parameters\n1 job stays by --map\n",
    );
    const job = await project.json(["show", "job-2", "--secrets", "--json"]);
    expect(job).toMatchObject({ state: "ready", redrives: 1, params: { to: "s3cret-2", zip: "01" } });
    const wrong = await project.jobs(["dlq", "retry", "job-1", ...task]);
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("by id, or by --reason") });
  });

  it.each([
    [["zip"], 2, "is not a parameter"],
    [["zip=1", "zip=2"], 2, "zip is given twice"],
    [["__proto__=1"], 65, "cannot be the name"],
  ])("are not looked at for a wrong --set %j", async (words, code, message) => {
    using project = createProject({ "app.mjs": TODAY });
    const set = words.flatMap((word) => ["--set", word]);
    expect(await project.jobs(["dlq", "retry", "--all", ...set])).toMatchObject({
      code,
      stderr: expect.stringContaining(message),
    });
  });

  it("are put back until a signal comes, and the same command goes on", async () => {
    using project = await createDead(12);
    project.write(
      "map.mjs",
      'let n = 0; export default (params) => { if (n++ === 2) console.error("third"); return { ...params, zip: "1" }; };',
    );
    const retry = ["dlq", "retry", "--task", "send_mail", "--map", "map.mjs", "--rate", "5/s", "--json"];
    const child = project.start(retry);
    const third = hasSaid(child, "third");
    const outcome = outcomeOf(child);
    await third;
    child.kill("SIGINT");
    const { code, stdout, stderr } = await outcome;
    const first = JSON.parse(stdout) as { readonly moved: number };
    expect({ code, isStopped: stdout.includes('"isStopped":true') }, stderr).toEqual({
      code: 130,
      isStopped: true,
    });
    expect(first.moved).toBeGreaterThan(0);
    const rest = await project.json(retry.map((word) => (word === "5/s" ? "1000/s" : word)));
    expect(rest).toMatchObject({ moved: 12 - first.moved, changed: 12 - first.moved });
    const { queues } = await project.json(["stats", "--json"]);
    expect(queues).toMatchObject([{ ready: { n: 12 }, dead: { n: 1 } }]);
  });
});
