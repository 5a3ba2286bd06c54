import { expect, it } from "vitest";
import { createProject, outcomeOf } from "../project.ts";
import { hasTerminals, openTerminal } from "./open-terminal.ts";

const COUNT = 2_500;

function lines(line: object): string {
  return `${JSON.stringify(line)}\n`.repeat(COUNT);
}

/** A bar, as it stands in a line. */
const BAR = /\[[#.]{20}\] *\d+%/;

it.runIf(hasTerminals)("--batch shows how much of the file is sent, refused lines above", async () => {
  using project = createProject();
  const bad = `{"task":"my_task","params":{}}\n`;
  project.write("jobs.ndjson", `${lines({ task: "my_task", params: { a: 1, b: 2 } })}${bad}`);
  await using terminal = openTerminal(project, ["enqueue", "--batch", "jobs.ndjson"], { columns: 120 });
  expect(await terminal.ended).toBe(65);
  expect(terminal.written()).toMatch(new RegExp(`queued ${BAR.source} \\d+`));
  expect(terminal.screen().at(-2)).toMatch(/^line 2501: signature_mismatch: /);
  expect(terminal.screen().at(-1)).toBe(`queued ${COUNT} jobs, refused 1 line`);
});

it.runIf(hasTerminals)(
  "dlq retry shows how many of the dead letters are put back",
  async () => {
    using project = createProject();
    project.write("jobs.ndjson", lines({ task: "failing", params: {} }));
    await project.jobs(["enqueue", "--batch", "jobs.ndjson"]);
    await project.jobs(["worker", "--drain", "--log-level", "silent", "-c", "50"]);
    await using terminal = openTerminal(project, ["dlq", "retry", "--all"], { columns: 120 });
    expect(await terminal.ended).toBe(0);
    expect(terminal.written()).toMatch(/put back \[########\.{12}\] 40% 1000/);
    expect(terminal.screen()).toEqual([`put back ${COUNT} of ${COUNT} dead letters (${COUNT} of default)`]);
    expect(await project.json(["stats", "--json"])).toMatchObject({
      queues: [{ ready: { n: COUNT }, dead: { n: 0 } }, {}],
    });
  },
  60_000,
);

it.runIf(hasTerminals)("--wait shows how much of its time has passed, for which job", async () => {
  using project = createProject();
  const args = ["enqueue", "my_task", "a=1", "b=2", "--wait", "60s", "--results", "sqlite"];
  await using terminal = openTerminal(project, args, { columns: 120 });
  const [line] = (await terminal.until((screen) => BAR.test(screen.at(-1) ?? ""))).slice(-1);
  expect(line).toMatch(/^waiting for \[\.{20}\] {2}\d% \d+s of 1m · [\w-]{36}$/);
  const worker = project.start(["worker", "--until-idle", "1s", "--results", "sqlite"]);
  await outcomeOf(worker);
  expect(await terminal.ended).toBe(0);
  expect(terminal.screen().join("\n")).not.toMatch(BAR);
  expect(terminal.screen().at(-1)).toContain("3");
});

it.runIf(hasTerminals)("a bar is gone when a signal ends the command", async () => {
  using project = createProject();
  const args = ["enqueue", "my_task", "a=1", "b=2", "--wait", "60s", "--results", "sqlite"];
  await using terminal = openTerminal(project, args, { columns: 120 });
  await terminal.until((screen) => BAR.test(screen.at(-1) ?? ""));
  terminal.type("\u0003");
  expect(await terminal.ended).toBe(130);
  expect(terminal.screen().join("\n")).not.toMatch(BAR);
});

it("without a terminal there is no bar", async () => {
  using project = createProject();
  project.write("jobs.ndjson", lines({ task: "my_task", params: { a: 1, b: 2 } }));
  const { stderr } = await project.jobs(["enqueue", "--batch", "jobs.ndjson"]);
  expect(stderr).not.toMatch(BAR);
});
