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
      schema: "jobs.lock/1",
      tasks: {
        mail: {
          queue: "default",
          params: { size: { kind: "integer", isOptional: true }, to: { kind: "string" } },
        },
        tick: { queue: "default", params: {} },
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
      { task: "mail", param: "size", class: "ordered", change: "accepts more: integer → number" },
      { task: "mail", param: "subject", class: "parallel", change: "added as required" },
      { task: "mail", class: "ordered", change: "moved from queue default to letters" },
      { task: "tick", class: "ordered", change: "renamed to beat" },
    ]);
    const { code, stdout } = await project.jobs(["lock", "--check"]);
    expect(code).toBe(1);
    expect(stdout).toContain(
      "parallel  mail.subject: added as required\n          Order: add it as optional in workers",
    );
    expect(await project.jobs(["lock"])).toMatchObject({ code: 0 });
    expect(await project.jobs(["lock", "--check"])).toMatchObject({ code: 0 });
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
      { task: "tick", class: "parallel", change: "removed" },
      { task: "tock", class: "ordered", change: "added" },
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
});
