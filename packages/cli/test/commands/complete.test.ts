import { once } from "node:events";
import { existsSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createProject, type TestProject } from "../project.ts";

/** What is offered for the last of the words. */
async function offers(
  project: TestProject,
  words: readonly string[],
  env: Readonly<Record<string, string>> = { JOBS_TIMEOUT: "60s" },
): Promise<readonly string[]> {
  const { code, stdout } = await project.jobs(["complete", "--", ...words], { env });
  expect(code).toBe(0);
  return stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => line.split("\t")[0] ?? "");
}

describe("jobs complete", () => {
  it.each<[readonly string[], readonly string[]]>([
    [["sta"], ["stats"]],
    [
      ["dlq", "r"],
      ["retry", "rm"],
    ],
    [
      ["config", ""],
      ["explain", "check"],
    ],
    [["config", "e"], ["explain"]],
    [["stats", "--qu"], ["--queues"]],
    [["stats", "--queues", "mail", "--qu"], ["--queues"]],
    [["stats", "--rates", "1s", "--rat"], []],
    [["worker", "--strict", ""], []],
    [["worker", "--no-str"], ["--no-strict-order"]],
    [["worker", "--hos"], []],
    [
      ["list", "--state", "d"],
      ["delayed", "dead"],
    ],
    [
      ["list", "--state=d"],
      ["--state=delayed", "--state=dead"],
    ],
    [["stats", "--queues", "default,m"], ["default,mail"]],
    [
      ["queue", "pause", ""],
      ["default", "mail"],
    ],
    [
      ["stats", "--broker", "sq"],
      ["sqlite", "sqs"],
    ],
    [["worker", "-c", ""], []],
    [["enqueue", "--queue", "mail", "my"], ["my_task"]],
    [["enqueue", "my_task", "a=1", ""], ["b="]],
    [["enqueue", "send_mail", "vip=t"], ["vip=true"]],
    [["enqueue", "legacy", "file=@ap"], [":files"]],
    [["stats", "--config", "jo"], [":files"]],
    [["shell", "z"], ["zsh"]],
    [["nothing", "x"], []],
    [["version", ""], []],
  ])("%j: %j", async (words, expected) => {
    using project = createProject();
    expect(await offers(project, words)).toEqual(expected);
  });

  it("offers ids of stored jobs, of a queue where one is named", async () => {
    using project = createProject();
    await project.jobs(["enqueue", "my_task", "a=1", "b=2", "--id", "order-1"]);
    await project.jobs(["enqueue", "send_mail", "to=x", "--id", "letter-1", "--in", "1h"]);
    expect(await offers(project, ["show", ""])).toEqual(["order-1", "letter-1"]);
    expect(await offers(project, ["show", "--queues", "mail", ""])).toEqual(["letter-1"]);
    expect(await offers(project, ["dlq", "show", ""])).toEqual([]);
  });

  it("creates no file of a database", async () => {
    using project = createProject();
    expect(await offers(project, ["show", ""])).toEqual([]);
    expect(await offers(project, ["queue", "pause", "d"])).toEqual(["default"]);
    expect(existsSync(join(project.folder, ".jobs"))).toBe(false);
  });

  it("says nothing on stdout where the project is broken or ends the process", async () => {
    using project = createProject({ "app.mjs": "throw new Error('broken')" });
    expect(await offers(project, ["enqueue", ""])).toEqual([]);
    expect(await offers(project, ["enqueue", ""], { JOBS_JSON: "1" })).toEqual([]);
    expect(await offers(project, ["enqueue", ""], { JOBS_JSON: "maybe" })).toEqual([]);
    project.write("app.mjs", "console.log('my_task'); process.exit(0)");
    const { stdout } = await project.jobs(["complete", "--", "enqueue", ""], { env: { JOBS_JSON: "1" } });
    expect(stdout).toBe("");
  });

  it("gives up where a server does not answer", async () => {
    using project = createProject();
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    expect(await offers(project, ["show", "--broker", `redis://127.0.0.1:${port}`, ""], {})).toEqual([]);
    server.close();
  });
});
