import { spawn } from "node:child_process";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { BIN, cleanEnv, createProject, outcomeOf, type TestProject } from "../project.ts";

/** A release of an app whose handler writes down what it has done. */
function releaseOf(params: string): string {
  return `import { createApp, defineTask, handle } from "@jobs/core";
import { appendFileSync } from "node:fs";
const mail = defineTask("mail", ${params});
export default createApp({
  tasks: [mail],
  handlers: [handle(mail, ({ to, cc = "-" }) => appendFileSync("sent.txt", to + " " + cc + "\\n"))],
});
`;
}

const RELEASES = {
  "release-0.mjs": releaseOf(`{ to: "string" }`),
  "release-1.mjs": releaseOf(`{ to: "string", cc: "string?" }`),
  "release-2.mjs": releaseOf(`{ to: "string", cc: "string" }`),
};

/** Workers and producers of a release. Only one worker runs at a time. */
const DEPLOY = `
use_release() { cp "release-$1.mjs" app.mjs; }
deploy_workers() {
  if [ -f worker.pid ]; then kill "$(cat worker.pid)"; fi
  JOBS_RELEASE="$1" $JOBS worker --app "release-$1.mjs" --log-level debug >>worker.log 2>&1 &
  echo $! >worker.pid
}
deploy_producers() {
  $JOBS enqueue mail to="release-$1" $([ "$1" = 0 ] || echo cc=boss) --app "release-$1.mjs" >>enqueued.txt
}
`;

/** Its folder can be removed when the worker has ended. */
const STOP = `
kill "$(cat worker.pid)"
while kill -0 "$(cat worker.pid)" 2>/dev/null; do sleep 0.1; done
`;

/** Runs a script in a project's folder, with the built command. */
function sh(project: TestProject, script: string, ...args: readonly string[]) {
  const env = { ...cleanEnv(), JOBS: `${process.execPath} ${BIN}` };
  return outcomeOf(spawn("sh", [script, ...args], { cwd: project.folder, env }));
}

describe("jobs deploy-plan", { timeout: 120_000 }, () => {
  it("is a script that brings two releases out without a refused job", async () => {
    using project = createProject({
      ...RELEASES,
      "deploy.sh": DEPLOY,
      "stop.sh": STOP,
      "app.mjs": RELEASES["release-0.mjs"],
    });
    const path = (file: string) => join(project.folder, file);
    try {
      await project.jobs(["lock"]);
      renameSync(path("jobs.lock.json"), path("deployed.lock.json"));
      project.write("before.sh", ". ./deploy.sh\ndeploy_producers 0\ndeploy_workers 0\ndeploy_producers 0\n");
      expect(await sh(project, "before.sh")).toMatchObject({ code: 0, stderr: "" });
      project.write("app.mjs", RELEASES["release-2.mjs"]);
      const written = await project.jobs([
        ...["deploy-plan", "--base", "deployed.lock.json"],
        ...["--format", "sh", "--timeout", "40s"],
      ]);
      writeFileSync(path("plan.sh"), written.stdout);
      expect(await sh(project, "plan.sh", "./deploy.sh")).toMatchObject({ code: 0, stderr: "" });
      const empty = await project.jobs(["wait", "--task", "mail", "--until-empty", "--timeout", "40s"]);
      expect(empty).toMatchObject({ code: 0 });
    } finally {
      await sh(project, "stop.sh");
    }
    const sent = readFileSync(path("sent.txt"), "utf8").trim().split("\n").sort();
    expect(sent).toEqual(["release-0 -", "release-0 -", "release-1 boss", "release-2 boss"]);
    expect(readFileSync(path("worker.log"), "utf8")).not.toMatch(/job\.(held|dead|retried)/);
  });

  it("stops where nobody has said how to deploy", async () => {
    using project = createProject();
    await project.jobs(["lock"]);
    const { stdout } = await project.jobs(["deploy-plan", "--format", "sh"]);
    project.write("plan.sh", stdout);
    expect(await sh(project, "plan.sh")).toMatchObject({
      code: 78,
      stderr: "deploy_workers: say here how the workers of release 1 are deployed\n",
    });
  });

  it("compares with the file beside the configuration, or says that there is none", async () => {
    using project = createProject();
    expect(await project.jobs(["deploy-plan"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("there is no jobs.lock.json to compare with"),
    });
    await project.jobs(["lock"]);
    expect((await project.jobs(["deploy-plan"])).stdout).toBe(
      "Nothing has changed that jobs depend on: deploy in any order.\n",
    );
    project.write("app.mjs", RELEASES["release-0.mjs"]);
    const plan = await project.json(["deploy-plan", "--json"]);
    expect(plan).toMatchObject({
      schema: "jobs.deploy-plan/1",
      releases: [
        { number: 1, first: "workers" },
        { number: 2, first: "producers" },
      ],
    });
  });
});
