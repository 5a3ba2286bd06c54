import { expect, it } from "vitest";
import { createProject } from "../project.ts";

const SECRET = "hunter22";

const APP = `
import { createApp, defineTask, handle } from "@jobs/core";
const lost = defineTask("lost", { to: "string" }, { maxAttempts: 1 });
const again = defineTask("again", {}, { maxAttempts: 9, backoff: 3_600_000 });
const connect = () => { throw new Error("cannot connect to postgres://me:${SECRET}@db/x?sslkey=${SECRET}"); };
export default createApp({ tasks: [lost, again], handlers: [handle(lost, connect), handle(again, connect)] });
`;

const MASKED = "cannot connect to postgres://***@db/x?sslkey=***";

const COMMANDS: readonly (readonly string[])[] = [
  ["show", "d1"],
  ["show", "d1", "--json"],
  ["dlq", "show", "d1"],
  ["dlq", "show", "d1", "--json"],
  ["dlq", "list", "--json"],
  ["dlq", "export"],
  ["list", "--state", "dead", "--json"],
  ["peek", "--state", "dead", "--json"],
  ["result", "d1"],
  ["result", "d1", "--json"],
  ["show", "r1"],
  ["list", "--state", "delayed"],
  ["list", "--state", "delayed", "--json"],
  ["events"],
];

it("an address in a stored error is masked wherever it is shown, and parameters stay as they are [F62]", async () => {
  using project = createProject({ "app.mjs": APP });
  const env = { JOBS_RESULTS: "sqlite", JOBS_MONITOR: "monitor" };
  const params = { to: "mailto://user:pa55word@mail/x" };
  const lines = [
    { task: "lost", id: "d1", params },
    { task: "again", id: "r1", params: {} },
  ];
  const input = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  await project.jobs(["enqueue", "--batch", "-"], { input, env });
  await project.jobs(["worker", "--max-jobs", "2"], { env });
  for (const command of COMMANDS) {
    const { stdout, stderr } = await project.jobs(command, { env });
    expect(stdout + stderr, command.join(" ")).not.toContain(SECRET);
    expect(stdout + stderr, command.join(" ")).toContain(MASKED);
  }
  const { stdout } = await project.jobs(["dlq", "export"], { env });
  expect(JSON.parse(stdout)).toMatchObject({ params });
});
