import { expect, it } from "vitest";
import { createProject, type TestProject } from "../project.ts";
import { hasTerminals, openTerminal } from "./open-terminal.ts";

const APP = `import { existsSync } from "node:fs";
import { createApp, defineTask, handle } from "@jobs/core";
import { lend } from "lib";
class PaymentError extends Error {}
const fine = defineTask("fine", {});
const charge = defineTask("charge", {}, { maxAttempts: 1 });
const print = defineTask("print", { out: "string?", err: "string?" });
const open = defineTask("open", {});
export default createApp({
  tasks: [fine, charge, print, open],
  handlers: [
    handle(fine, () => {}),
    handle(charge, () => lend(() => { throw new PaymentError("declined \\u001b[2J\\u0007"); })),
    handle(print, ({ out = "", err = "" }) => {
      process.stdout.write(out);
      process.stderr.write(err);
    }),
    handle(open, async () => {
      while (!existsSync("go")) await new Promise((resolve) => setTimeout(resolve, 20));
    }),
  ],
});
`;

/** A library whose frame stands in each stack. */
const LIBRARY = "exports.lend = (fn) => fn();\n";

function project(): TestProject {
  return createProject({ "app.mjs": APP, "node_modules/lib/index.js": LIBRARY });
}

const STATUS = /^(running|draining) · \d+ running · \d+ done · \d+ retried · \d+ dead · \d+\/s$/;

it.runIf(hasTerminals)("each run that ends is one line, errors with the own frames first", async () => {
  using given = project();
  const { id } = await given.json(["enqueue", "fine", "--json"]);
  const { id: dead } = await given.json(["enqueue", "charge", "--json"]);
  await using terminal = openTerminal(given, ["worker", "--drain", "-c", "1"], { columns: 200 });
  expect(await terminal.ended).toBe(0);
  const lines = terminal.screen();
  const about = (word: string) => lines.filter((line) => line.includes(` ${word} `));
  expect(about("fine")).toEqual([
    expect.stringMatching(new RegExp(`^\\d\\d:\\d\\d:\\d\\d succeeded fine ${id} \\d+ ms$`)),
  ]);
  expect(about("charge")).toEqual([
    expect.stringMatching(new RegExp(`^\\d\\d:\\d\\d:\\d\\d failed    charge ${dead} \\d+ ms attempt=1$`)),
    expect.stringMatching(new RegExp(`^\\d\\d:\\d\\d:\\d\\d dead      charge ${dead} reason=exhausted$`)),
  ]);
  const error = lines.findIndex((line) => line.includes("PaymentError"));
  expect(lines[error]).toBe("    PaymentError: declined \\u001b[2J\\u0007");
  expect(lines[error + 1]).toMatch(/^ {6}at file:.*app\.mjs:13/);
  expect(lines.join("\n")).toMatch(/\n {6}\(\d+ more of libraries and Node: --verbose\)\n/);
  expect(lines.join("\n")).not.toContain("node_modules/lib");
  expect(lines.filter((line) => line.includes("PaymentError"))).toHaveLength(1);
  expect(lines.at(-1)).toMatch(/^stopped after \d+\.\d s \(drained\): 1 succeeded, 1 dead$/);
});

it.runIf(hasTerminals)(
  "--verbose shows the frames of libraries, and JSON escapes line ends once",
  async () => {
    using given = project();
    await given.jobs(["enqueue", "charge"]);
    await using terminal = openTerminal(given, ["worker", "--drain", "--verbose"], { columns: 200 });
    await terminal.ended;
    expect(terminal.screen().join("\n")).toMatch(
      /\n {6}at .*app\.mjs.*\n(.*\n)* {6}at .*node_modules\/lib\/index\.js/,
    );
    await given.jobs(["enqueue", "charge"]);
    const { stderr } = await given.jobs(["worker", "--drain"]);
    const failed = stderr.split("\n").find((line) => line.includes('"job.failed"')) ?? "";
    expect(failed).toMatch(/declined \\\\u001b\[2J\\\\u0007\\n {4}at /);
    expect(JSON.parse(failed)).toMatchObject({
      err: { type: "PaymentError", stack: expect.stringMatching(/\n {4}at .*app\.mjs/) },
    });
  },
);

/** Lines that show the status together with something else. */
function glued(states: readonly (readonly string[])[]): readonly string[] {
  return states.flat().filter((line) => /\d+ running ·/.test(line) && !STATUS.test(line));
}

it.runIf(hasTerminals)("the status is the last line, whatever handlers print", async () => {
  using given = project();
  await using terminal = openTerminal(given, ["worker", "-c", "1"], { columns: 120 });
  await terminal.until((screen) => STATUS.test(screen.at(-1) ?? ""));
  const printed = {
    out: ["a whole line\n", "no end"],
    err: ["12 %", "\r24 %", "red \u001b[31mtext\u001b[0m\n"],
  };
  for (const out of printed.out) await given.jobs(["enqueue", "print", "--params", JSON.stringify({ out })]);
  for (const err of printed.err) await given.jobs(["enqueue", "print", "--params", JSON.stringify({ err })]);
  const screen = await terminal.until(
    (lines) =>
      lines.filter((line) => line.includes(" succeeded print ")).length === 5 &&
      STATUS.test(lines.at(-1) ?? ""),
  );
  expect(screen.filter((line) => !/^\d\d:|^warning|running ·/.test(line))).toEqual([
    "a whole line",
    "no end",
    "12 %",
    "24 %",
    "red text",
  ]);
  expect(glued(terminal.states)).toEqual([]);
  terminal.type("\u0003");
  expect(await terminal.ended).toBe(0);
  expect(terminal.screen().at(-1)).toMatch(/^stopped after .* \(SIGINT\): 5 succeeded$/);
  expect(terminal.screen().join("\n")).not.toMatch(/running ·/);
});

it.runIf(hasTerminals)("the status follows the width of the terminal and stays one line", async () => {
  using given = project();
  await using terminal = openTerminal(given, ["worker"], { columns: 20, rows: 10 });
  const cut = (columns: number) => (screen: readonly string[]) =>
    screen.at(-1) === `${"running · 0 running · 0 done".slice(0, columns - 2)}…`;
  await terminal.until(cut(20));
  terminal.resize(14, 10);
  await terminal.until(cut(14));
  terminal.resize(80, 10);
  const wide = await terminal.until((screen) => STATUS.test(screen.at(-1) ?? ""));
  expect(wide.filter((line) => line.includes("running ·"))).toHaveLength(1);
});

it.runIf(hasTerminals).each([
  ["NO_COLOR leaves out colours", { NO_COLOR: "1" }, /ESC\[\d*m/],
  ["TERM=dumb leaves out all control sequences, and the status", { TERM: "dumb" }, /ESC|running ·/],
])("%s", async (_, env, without) => {
  using given = project();
  await given.jobs(["enqueue", "fine"]);
  await given.jobs(["enqueue", "charge"]);
  await using terminal = openTerminal(given, ["worker", "--drain"], { env });
  await terminal.ended;
  const written = terminal.written().replaceAll("\u001b", "ESC");
  expect(written).not.toMatch(without);
  expect(written).toMatch(/ succeeded fine /);
});

it.runIf(hasTerminals)("a job ends in order although its terminal has been closed", async () => {
  using given = project();
  await given.jobs(["enqueue", "open"]);
  await using terminal = openTerminal(given, ["worker"]);
  await terminal.until((screen) => (screen.at(-1) ?? "").startsWith("running · 1 running"));
  terminal.close();
  await terminal.ended;
  given.write("go", "");
  await expect
    .poll(() => given.json(["stats", "--queues", "default", "--json"]), { timeout: 20_000 })
    .toMatchObject({
      queues: [{ ready: { n: 0 }, leased: { n: 0 } }],
    });
  await expect.poll(terminal.isAlive, { timeout: 20_000 }).toBe(false);
});
