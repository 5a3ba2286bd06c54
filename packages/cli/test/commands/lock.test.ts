import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createProject } from "../project.ts";

/** An app of the tasks that are written here. */
function appOf(tasks: string, rest = ""): string {
  return `import { createApp, defineTask } from "@jobs/core";\n${rest}\nexport default createApp({ tasks: [${tasks}] });\n`;
}

const BEFORE = appOf(`defineTask("mail", { to: "string", size: "integer?" }), defineTask("tick", {})`);

describe("jobs lock", () => {
  it("writes signatures down, and says nothing as long as they stay [W6]", async () => {
    using project = createProject({ "app.mjs": BEFORE });
    expect(await project.jobs(["lock", "--check"])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("there is no jobs.lock.json"),
    });
    expect(await project.jobs(["lock"])).toMatchObject({ code: 0, stdout: "wrote jobs.lock.json\n" });
    expect(await project.jobs(["lock", "--check"])).toMatchObject({
      code: 0,
      stdout: "jobs.lock.json is current.\n",
    });
    expect(JSON.parse(readFileSync(join(project.folder, "jobs.lock.json"), "utf8"))).toEqual({
      schema: "jobs.lock/2",
      tasks: {
        mail: {
          queue: "default",
          signature: "size?,to",
          params: {
            type: "object",
            properties: { size: { type: "integer" }, to: { type: "string" } },
            required: ["to"],
            additionalProperties: false,
          },
        },
        tick: { queue: "default", signature: "", params: { type: "object", additionalProperties: false } },
      },
    });
  });

  it("reordering parameters and tasks is free [W6]", async () => {
    using project = createProject({ "app.mjs": BEFORE });
    await project.jobs(["lock"]);
    project.write(
      "app.mjs",
      appOf(`defineTask("tick", {}), defineTask("mail", { size: "integer?", to: "string" })`),
    );
    expect(await project.jobs(["lock", "--check"])).toMatchObject({ code: 0 });
  });

  it("every other change is named, with its class and the order that is safe [W6]", async () => {
    using project = createProject({ "app.mjs": BEFORE });
    await project.jobs(["lock"]);
    const after = appOf(
      `defineTask("mail", { to: "string", size: "number?", subject: "string" }, { queue: "letters" }),
       defineTask("beat", {}, { aliases: ["tick"] })`,
    );
    project.write("app.mjs", after);
    const { isCurrent, changes } = await project.json(["lock", "--check", "--json"]);
    expect(isCurrent).toBe(false);
    expect(changes).toMatchObject([
      { task: "mail", path: "size", class: "forward-breaking", change: "accepts more: integer → number" },
      { task: "mail", path: "subject", class: "backward-breaking", change: "added as required" },
      { task: "mail", class: "moved", change: "moved from queue default to letters" },
      { task: "tick", class: "forward-breaking", change: "renamed to beat, with an alias" },
    ]);
    const { code, stdout } = await project.jobs(["lock", "--check"]);
    expect(code).toBe(1);
    expect(stdout).toContain(
      `backward-breaking  mail.subject: added as required
  An old job on a new worker is refused with {"to":"text"}
  A new job on an old worker is refused with {"subject":"","to":"text"}
  Order: add it as optional in workers`,
    );
    expect(stdout).toContain("jobs.lock.json is not current; jobs lock --accept mail writes it again.");
  });

  it("writes a breaking change only when its task is accepted [W6]", async () => {
    using project = createProject({ "app.mjs": BEFORE });
    await project.jobs(["lock"]);
    const before = readFileSync(join(project.folder, "jobs.lock.json"), "utf8");
    project.write(
      "app.mjs",
      appOf(`defineTask("mail", { to: "string", size: "integer" }), defineTask("tick", {})`),
    );
    expect(await project.jobs(["lock"])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("nothing was written"),
    });
    expect(readFileSync(join(project.folder, "jobs.lock.json"), "utf8")).toBe(before);
    expect(await project.jobs(["lock", "--accept", "mial"])).toMatchObject({ code: 2 });
    expect(await project.jobs(["lock", "--accept", "mail"])).toMatchObject({ code: 0 });
    expect(await project.jobs(["lock", "--check"])).toMatchObject({ code: 0 });
    project.write("old.json", before);
    expect(await project.jobs(["lock", "--check", "--base", join(project.folder, "old.json")])).toMatchObject(
      {
        code: 0,
        stdout: expect.stringContaining("backward-breaking (accepted)  mail.size: made required"),
      },
    );
  });

  it("a task that is gone, and one that is new [W6]", async () => {
    using project = createProject({ "app.mjs": BEFORE });
    await project.jobs(["lock"]);
    project.write(
      "app.mjs",
      appOf(`defineTask("mail", { to: "string", size: "integer?" }), defineTask("tock", {})`),
    );
    const { changes } = await project.json(["lock", "--check", "--json"]);
    expect(changes).toMatchObject([
      { task: "tick", class: "renamed?", change: "perhaps renamed to tock, without an alias" },
      { task: "tock", class: "additive", change: "added" },
    ]);
  });

  it("moving a task and its handler into another file changes nothing [W27]", async () => {
    using project = createProject({ "app.mjs": BEFORE });
    await project.jobs(["lock"]);
    project.write(
      "moved/mail.mjs",
      `import { defineTask } from "@jobs/core";\nexport const renamed = defineTask("mail", { to: "string", size: "integer?" });\n`,
    );
    project.write(
      "app.mjs",
      appOf(`renamed, defineTask("tick", {})`, `import { renamed } from "./moved/mail.mjs";`),
    );
    expect(await project.jobs(["lock", "--check"])).toMatchObject({ code: 0 });
  });

  it("is exit 78 for a file that a merge has broken", async () => {
    using project = createProject({ "app.mjs": BEFORE, "jobs.lock.json": "<<<<<<< HEAD\n{}" });
    const { code, stderr } = await project.jobs(["lock", "--check"]);
    expect({ code, stderr }).toMatchObject({
      code: 78,
      stderr: expect.stringContaining("is not a lock of tasks"),
    });
  });

  it.each([
    { title: "aliases", parts: { tasks: { mail: { queue: "default", params: {}, aliases: 3 } } } },
    { title: "params", parts: { tasks: { mail: { queue: "default", params: 5 } } } },
    { title: "a schedule", parts: { tasks: {}, schedules: { nightly: 1 } } },
    { title: "what was accepted", parts: { tasks: {}, accepted: { mail: 1 } } },
  ])("is exit 78 for a file where $title is of another kind", async ({ parts }) => {
    const file = JSON.stringify({ schema: "jobs.lock/2", ...parts });
    using project = createProject({ "app.mjs": BEFORE, "jobs.lock.json": file });
    const { code, stderr } = await project.jobs(["lock", "--check"]);
    expect({ code, stderr }).toMatchObject({
      code: 78,
      stderr: expect.stringContaining("is not a whole lock of tasks"),
    });
  });

  it("is exit 78 for a file of the older format", async () => {
    using project = createProject({
      "app.mjs": BEFORE,
      "jobs.lock.json": '{"schema":"jobs.lock/1","tasks":{}}',
    });
    const { code, stderr } = await project.jobs(["lock", "--check"]);
    expect({ code, stderr }).toMatchObject({
      code: 78,
      stderr: expect.stringContaining("of an older format"),
    });
  });
});
