import { execFileSync } from "node:child_process";
import { existsSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createProject, type TestProject } from "../project.ts";

/** An app of one task, whose parameters are zod's. */
function appOf(params: string, rest = ""): string {
  return `import { createApp, defineSchedule, defineTask } from "@jobs/core";
import { z } from "zod";
const mail = defineTask("mail", z.object({ ${params} }));
export default createApp({ tasks: [mail]${rest} });
`;
}

/** What `jobs lock --check` says after a change. */
async function changesOf(before: string, after: string): Promise<unknown> {
  using project = createProject({ "app.mjs": before });
  await project.jobs(["lock"]);
  project.write("app.mjs", after);
  return (await project.json(["lock", "--check", "--json"])).changes;
}

describe("jobs lock, deep in the parameters", () => {
  it.each([
    {
      title: "a new required name in an object",
      before: "addr: z.object({ street: z.string() })",
      after: "addr: z.object({ street: z.string(), zip: z.string() })",
      change: {
        path: "addr.zip",
        class: "backward-breaking",
        oldJob: { witness: { addr: { street: "text" } } },
      },
    },
    {
      title: "items of another type",
      before: "tags: z.array(z.string())",
      after: "tags: z.array(z.number())",
      change: { path: "tags[]", class: "backward-breaking", oldJob: { witness: { tags: ["text"] } } },
    },
    {
      title: "any text in place of an address",
      before: "to: z.email()",
      after: "to: z.string().min(5)",
      change: { path: "to", class: "forward-breaking", newJob: { witness: { to: "xxxxx" } } },
    },
    {
      title: "a shorter list",
      before: "tags: z.array(z.string()).max(5)",
      after: "tags: z.array(z.string()).max(4)",
      change: { path: "tags", class: "backward-breaking" },
    },
    {
      title: "one value less in an enum",
      before: 'size: z.enum(["s", "m", "l"])',
      after: 'size: z.enum(["s", "m"])',
      change: { path: "size", class: "backward-breaking", oldJob: { witness: { size: "l" } } },
    },
    {
      title: "another literal",
      before: 'kind: z.literal("a")',
      after: 'kind: z.literal("b")',
      change: { path: "kind", class: "backward-breaking", oldJob: { witness: { kind: "a" } } },
    },
    {
      title: "no null any more",
      before: "note: z.string().nullable()",
      after: "note: z.string()",
      change: { path: "note", class: "backward-breaking", oldJob: { witness: { note: null } } },
    },
    {
      title: "another refinement",
      before: 'to: z.string().refine((text) => text !== "a")',
      after: 'to: z.string().refine((text) => text !== "b")',
      change: {
        path: "to",
        class: "unknown",
        isBreaking: true,
        oldJob: { why: expect.stringContaining("refinement") },
      },
    },
    {
      title: "another name of the same values",
      before: "one: z.string()",
      after: "other: z.string()",
      change: { path: "one", class: "renamed?", oldJob: { witness: { one: "text" } } },
    },
    {
      title: "an optional name in an object",
      before: "addr: z.object({ street: z.string() })",
      after: "addr: z.object({ street: z.string(), zip: z.string().optional() })",
      change: { path: "addr.zip", class: "additive", oldJob: { status: "fits" } },
    },
  ])("$title [W6]", async ({ before, after, change }) => {
    expect(await changesOf(appOf(before), appOf(after))).toMatchObject([{ task: "mail", ...change }]);
  });

  it("a schedule whose waiting jobs are refused [W6]", async () => {
    const schedule = (params: string) =>
      `, schedules: [defineSchedule("nightly", { everyMs: 60_000, task: mail, params: ${params} })]`;
    const before = appOf("to: z.string()", schedule('{ to: "ada" }'));
    const after = appOf("to: z.email()", schedule('{ to: "ada@example.com" }'));
    expect(await changesOf(before, after)).toMatchObject([
      { path: "to", class: "backward-breaking" },
      { change: "schedule nightly: its waiting jobs are refused", oldJob: { witness: { to: "ada" } } },
    ]);
  });
});

describe("jobs lock --base FILE", () => {
  it.each([
    ["", "--base: it is empty."],
    [".", "--base: . is a folder."],
    ["nothing.json", "--base: there is no file nothing.json."],
    ["app.ts/x", "--base: there is no file app.ts/x."],
    ["/dev/zero", "--base: /dev/zero is not a regular file."],
  ])("refuses %j as a command line", async (base, message) => {
    using project = createProject();
    const { code, stderr } = await project.jobs(["lock", "--check", "--base", base]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
    expect(stderr).toContain("Name a file, or a commit as git:REF.");
  });

  it("writes no lock that it could not read again", async () => {
    const params = `JSON.parse('{"type":"object","properties":{"o":{"properties":{"__proto__":{"type":"string"}}}}}')`;
    using project = createProject({
      "app.mjs": `import { createApp, defineTask } from "@jobs/core";
export default createApp({ tasks: [defineTask("mail", ${params})] });
`,
    });
    const { code, stderr } = await project.jobs(["lock"]);
    expect({ code, stderr }).toEqual({ code: 78, stderr: expect.stringContaining("poisons prototypes") });
    expect(existsSync(join(project.folder, "jobs.lock.json"))).toBe(false);
  });

  it("refuses a file that is larger than any lock without reading it", async () => {
    using project = createProject({ "large.json": "" });
    truncateSync(join(project.folder, "large.json"), 65 * 1024 * 1024);
    const { code, stderr } = await project.jobs(["lock", "--check", "--base", "large.json"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("large.json is larger than any lock")]);
  });
});

describe("jobs lock --base git:REF", () => {
  /** A repository whose `main` has the lock of one parameter. */
  async function repository(): Promise<TestProject> {
    const project = createProject({ "app.mjs": appOf("to: z.string()") });
    await project.jobs(["lock"]);
    const git = (...args: string[]) => execFileSync("git", args, { cwd: project.folder, stdio: "ignore" });
    git("init", "--initial-branch=main");
    git("add", "jobs.lock.json");
    git("-c", "user.name=ada", "-c", "user.email=ada@example.com", "commit", "-m", "Lock");
    return project;
  }

  it("compares with a commit until the change is accepted, and annotates a pull request [W6]", async () => {
    using project = await repository();
    project.write("app.mjs", appOf("to: z.email()"));
    const check = ["lock", "--check", "--base", "git:main"];
    const github = await project.jobs([...check, "--format", "github"]);
    expect(github).toMatchObject({
      code: 1,
      stdout: expect.stringContaining(
        "::error file=jobs.lock.json,title=mail.to%3A backward-breaking::accepts less: string → email string%0A",
      ),
    });
    await project.jobs(["lock", "--accept", "mail"]);
    expect(await project.jobs(check)).toMatchObject({ code: 0 });
    expect(await project.jobs([...check, "--format", "github"])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("::warning file=jobs.lock.json"),
    });
  });

  it.each([
    "--upload-pack=touch stolen",
    "main;touch stolen",
    "$(touch stolen)",
    "main:jobs.lock.json",
    "a..b",
    "",
  ])("refuses %j, and no shell sees it", async (ref) => {
    using project = await repository();
    const { code, stderr } = await project.jobs(["lock", "--check", "--base", `git:${ref}`]);
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("the name of a branch"),
    });
    expect(existsSync(join(project.folder, "stolen"))).toBe(false);
  });

  it("is exit 78 for a commit that is not there", async () => {
    using project = await repository();
    const { code, stderr } = await project.jobs(["lock", "--check", "--base", "git:origin/main"]);
    expect({ code, stderr }).toMatchObject({
      code: 78,
      stderr: expect.stringContaining("git does not answer"),
    });
  });
});
