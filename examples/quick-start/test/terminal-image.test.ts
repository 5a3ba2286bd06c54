import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { terminalImage } from "./terminal-image.ts";

const example = fileURLToPath(new URL("..", import.meta.url));
const COLUMNS = 100;

/** util-linux has it. The image stays as it is on systems without. */
const hasTerminals =
  process.platform === "linux" && spawnSync("script", ["-qec", "true", "/dev/null"]).status === 0;
if (!hasTerminals)
  process.stderr.write("There is no `script` here, so the image of the README is not compared.\n");

const COMMANDS = [
  "jobs enqueue welcome email=ada@example.org name=Ada",
  "jobs enqueue welcome mail=ada@example.org",
  "jobs stats",
  "jobs worker --drain",
];

/** Runs a command in a terminal of its own, and gives the lines that it shows. */
function typed(command: string, folder: string): readonly string[] {
  const run = `stty cols ${COLUMNS}; node_modules/.bin/${command}`;
  const env = { PATH: process.env.PATH ?? "", TERM: "xterm-256color", JOBS_CALLED_AS: "jobs" };
  const { stdout } = spawnSync("script", ["-qec", run, "/dev/null"], {
    cwd: folder,
    env,
    encoding: "utf8",
    input: "",
  });
  return [`$ ${command}`, ...steady(stdout).trimEnd().split(/\r?\n/), ""];
}

/** A status line is drawn over itself, and a line is written over it. */
const CLEAR_LINE = `\r${String.fromCharCode(27)}[2K`;

/** What stays on the screen, without what differs in each run: ids, times, the name of this machine. */
function steady(text: string): string {
  return text
    .split("\n")
    .map((line) => line.split(CLEAR_LINE).at(-1))
    .join("\n")
    .replaceAll(
      /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g,
      "0199f2c4-7d0e-7b6a-9a51-1f0c2d3e4f50",
    )
    .replaceAll(/\d\d:\d\d:\d\d/g, "09:41:07")
    .split(hostname())
    .join("shop")
    .replaceAll(/shop:\d+:[0-9a-f]{8}/g, "shop:4711:3902c64c")
    .replaceAll(/\d+m?s +(?=- )/g, (oldest) => "1s".padEnd(oldest.length))
    .replaceAll(/ \d+ ms\b/g, " 4 ms")
    .replaceAll(/after \d+\.\d s/g, "after 0.2 s");
}

it.runIf(hasTerminals)("the terminal of the README is what the commands show", async () => {
  const folder = mkdtempSync(join(tmpdir(), "jobs-terminal-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const file of ["app.ts", "jobs.config.ts", "package.json"])
    cpSync(join(example, file), join(folder, file));
  symlinkSync(join(example, "node_modules"), join(folder, "node_modules"));
  const lines = COMMANDS.flatMap((command) => typed(command, folder)).slice(0, -1);
  const image = terminalImage("Four commands in a terminal", lines, COLUMNS);
  await expect(image).toMatchFileSnapshot("../../../docs/images/terminal.svg");
});
