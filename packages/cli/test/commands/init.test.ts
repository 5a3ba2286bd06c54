import { chmodSync, existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import { createProject } from "../project.ts";

describe("jobs init", () => {
  it("writes a project and names the next steps; installing is left out on request", async () => {
    using project = createProject();
    const init = await project.jobs(["init", "shop", "--broker", "redis", "--no-install", "--json"]);
    expect(init).toMatchObject({ code: 0 });
    expect(JSON.parse(init.stdout)).toEqual({
      schema: "jobs.init/1",
      written: expect.arrayContaining(["app.ts", "compose.yaml", "package.json", "test/app.test.ts"]),
      isDryRun: false,
      isOk: true,
      nextSteps: expect.arrayContaining([
        "npm install",
        "docker compose up --detach redis",
        "npx jobs-cli worker",
      ]),
    });
    expect(readFileSync(join(project.folder, "shop/app.ts"), "utf8")).toContain("@jobs/adapter-redis");
  });

  it("keeps stdout for the answer while the package manager talks", async () => {
    using project = createProject({ "bin/npm": "#!/bin/sh\necho added 1 package\n" });
    chmodSync(join(project.folder, "bin/npm"), 0o755);
    const env = {
      PATH: `${join(project.folder, "bin")}${delimiter}${process.env.PATH}`,
      npm_config_user_agent: "",
    };
    const init = await project.jobs(["init", "shop", "--broker", "redis", "--json"], { env });
    expect(init).toMatchObject({ code: 0, stderr: expect.stringContaining("added 1 package") });
    expect(JSON.parse(init.stdout)).toMatchObject({ schema: "jobs.init/1", isOk: true });
  });

  it("a dry run writes nothing", async () => {
    using project = createProject();
    const init = await project.jobs(["init", "shop", "--javascript", "--dry-run"]);
    expect(init).toMatchObject({ code: 0, stdout: expect.stringContaining("would write .dockerignore") });
    expect(existsSync(join(project.folder, "shop"))).toBe(false);
  });

  it("replaces no file, and refuses an unknown broker", async () => {
    using project = createProject();
    project.write("shop/app.ts", "mine");
    const init = await project.jobs(["init", "shop", "--no-install"]);
    expect(init).toMatchObject({ code: 65, stderr: expect.stringContaining("app.ts in") });
    expect(readFileSync(join(project.folder, "shop/app.ts"), "utf8")).toBe("mine");
    expect(existsSync(join(project.folder, "shop/package.json"))).toBe(false);
    expect(await project.jobs(["init", "other", "--broker", "kafka"])).toMatchObject({
      code: 65,
      stderr: expect.stringContaining("take sqlite, redis, postgres, sqs"),
    });
  });
});
