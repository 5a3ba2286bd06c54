import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { createProject, hasSaid, outcomeOf } from "../project.ts";
import { hasTerminals, type OpenTerminal, openTerminal } from "./open-terminal.ts";

/** An app that throws where nobody catches it, as soon as a file is there. */
const CRASHING_APP = `import { existsSync } from "node:fs";
import { createApp, defineTask } from "@jobs/core";
setInterval(() => { if (existsSync("crash")) throw new Error("nobody catches this"); }, 20);
export default createApp({ tasks: [defineTask("my_task", {})] });
`;

/** The view has given back the screen, the cursor and the wrapping of lines. */
function expectRestored(terminal: OpenTerminal): void {
  const written = terminal.written();
  expect(terminal.hasOwnScreen()).toBe(false);
  for (const mode of ["?1049", "?25", "?7"]) {
    const on = mode === "?1049" ? "l" : "h";
    const last = Math.max(written.lastIndexOf(`\u001b[${mode}h`), written.lastIndexOf(`\u001b[${mode}l`));
    expect(written.slice(last)).toMatch(new RegExp(`^\\u001b\\[\\${mode}${on}`));
  }
}

const hasTable = (screen: readonly string[]) => /^default +\d/m.test(screen.join("\n"));

describe.runIf(hasTerminals)("a live view", () => {
  it.each([
    ["stats --watch", "Ctrl-C", (terminal: OpenTerminal) => terminal.type("\u0003")],
    ["stats --watch=50ms", "SIGTERM", (terminal: OpenTerminal) => terminal.kill("SIGTERM")],
    ["stats --watch 50ms", "SIGHUP", (terminal: OpenTerminal) => terminal.kill("SIGHUP")],
    ["top", "Ctrl-C", (terminal: OpenTerminal) => terminal.type("\u0003")],
    ["top --every 50ms", "SIGTERM", (terminal: OpenTerminal) => terminal.kill("SIGTERM")],
  ])("jobs %s has a screen of its own, and gives it back at %s", async (line, _, end) => {
    using project = createProject();
    await project.jobs(["enqueue", "my_task", "a=1", "b=2"]);
    await using terminal = openTerminal(project, line.split(" "), { columns: 120 });
    await terminal.until((screen) => terminal.hasOwnScreen() && hasTable(screen));
    end(terminal);
    expect(await terminal.ended).toBe(0);
    expectRestored(terminal);
    expect(terminal.screen().join("\n")).toMatch(/^QUEUE +READY .*\ndefault +1 /m);
  });

  it("gives the screen back before the error of a crash is printed", async () => {
    using project = createProject({ "app.mjs": CRASHING_APP });
    await using terminal = openTerminal(project, ["top", "--every", "50ms"], { columns: 120 });
    await terminal.until((screen) => terminal.hasOwnScreen() && hasTable(screen));
    project.write("crash", "");
    expect(await terminal.ended).not.toBe(0);
    expectRestored(terminal);
    expect(terminal.screen().join("\n")).toContain("nobody catches this");
  });

  it("gives it back before its own error, such as a limit", async () => {
    using project = createProject();
    const args = ["stats", "--watch", "50ms", "--fail-over", "ready=0"];
    await using terminal = openTerminal(project, args, { columns: 120 });
    await terminal.until((screen) => terminal.hasOwnScreen() && hasTable(screen));
    await project.jobs(["enqueue", "my_task", "a=1", "b=2"]);
    expect(await terminal.ended).toBe(1);
    expectRestored(terminal);
    expect(terminal.screen().at(-1)).toBe("ready of default is 1, over 0.");
  });

  it("gives the screen back while Ctrl-Z stops it, and takes it again", async () => {
    using project = createProject();
    await using terminal = openTerminal(project, ["top", "--every", "50ms"], { columns: 120 });
    await terminal.until((screen) => terminal.hasOwnScreen() && hasTable(screen));
    terminal.type("\u001a");
    await expect.poll(() => terminal.isStopped(), { timeout: 20_000 }).toBe(true);
    // `script` stops too, and shows what was written before only when it goes on.
    const screens = () => {
      terminal.goOn();
      return terminal
        .written()
        .match(/\?1049[hl]/g)
        ?.join(" ");
    };
    await expect.poll(screens, { timeout: 20_000 }).toBe("?1049h ?1049l ?1049h");
    terminal.type("\u0003");
    expect(await terminal.ended).toBe(0);
    expectRestored(terminal);
  });

  it("ends when its terminal is closed", async () => {
    using project = createProject();
    await using terminal = openTerminal(project, ["top", "--every", "50ms"]);
    await terminal.until(hasTable);
    terminal.close();
    await expect.poll(() => terminal.isAlive(), { timeout: 10_000 }).toBe(false);
  });

  it("fits into the terminal, and follows its size", async () => {
    using project = createProject();
    await using terminal = openTerminal(project, ["top", "--every", "50ms"], { columns: 30, rows: 4 });
    const screen = await terminal.until((lines) => lines.length === 4 && terminal.hasOwnScreen());
    expect(screen.at(-1)).toMatch(/^… \d+ more lines$/);
    expect(screen[2]).toMatch(/^QUEUE.*…$/);
    terminal.resize(120, 24);
    await terminal.until((lines) => lines.at(-1) === "no worker is alive");
  });

  it("of jobs top shows queues, workers and the jobs that they run", async () => {
    using project = createProject();
    const { id } = await project.json(["enqueue", "slow", "ms=60000", "--json"]);
    const worker = project.start(["worker", "--log-level", "debug", "--shutdown-timeout", "100ms"]);
    const ended = outcomeOf(worker);
    await hasSaid(worker, "job.started");
    await using terminal = openTerminal(project, ["top", "--every", "50ms"], { columns: 160 });
    // A worker says every ten seconds what it runs.
    const screen = await terminal.until((lines) => lines.some((line) => line.includes(String(id))));
    expect(screen.join("\n")).toMatch(/\ndefault +0 +1 .*\n(.*\n)*WORKER +STATE .*\n.*:\d+:.* running /);
    expect(screen.join("\n")).toMatch(new RegExp(`\\nRUNNING +TASK +ID .*\\n\\d+m?s +slow +${id} +1 `));
    worker.kill("SIGTERM");
    await ended;
  });
});

describe("without a terminal", () => {
  it.each(["stats --watch 20ms", "top --every 20ms"])("jobs %s prints its lines each time", async (line) => {
    using project = createProject();
    const watch = project.start(line.split(" "));
    let text = "";
    watch.stdout?.on("data", (chunk) => {
      text += chunk;
      if (text.split("\nQUEUE ").length > 2) watch.kill("SIGTERM");
    });
    expect((await outcomeOf(watch)).code).toBe(0);
    expect(text).toMatch(/\n\n(jobs top .*\n\n)?QUEUE +READY/);
    expect(text).not.toContain("\u001b");
  });

  it("jobs top --json prints a line of JSON each time", async () => {
    using project = createProject();
    const watch = project.start(["top", "--every", "20ms", "--json"]);
    const seen: unknown[] = [];
    for await (const line of createInterface({ input: watch.stdout! })) {
      seen.push(JSON.parse(line));
      if (seen.length === 3) watch.kill("SIGTERM");
    }
    expect(seen[2]).toMatchObject({
      schema: "jobs.top/1",
      broker: "sqlite",
      queues: [{ name: "default", inPerSecond: 0 }, { name: "mail" }],
      workers: [],
    });
  });
});
