import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const EXAMPLE = fileURLToPath(new URL("..", import.meta.url));
const JOBS = "../../packages/cli/bin/jobs.js";

/** Runs a program inside the example, with its own database. */
async function run(folder: string, args: readonly string[]) {
  const env = { ...process.env, JOBS_BROKER: `sqlite:${join(folder, "jobs.db")}` };
  const child = spawn(process.execPath, args, { cwd: EXAMPLE, env, stdio: ["ignore", "pipe", "pipe"] });
  const written = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      written[name] += text;
    });
  }
  const [code] = await once(child, "close");
  return { code, ...written };
}

/** A folder for one test. */
function temporaryFolder() {
  const path = mkdtempSync(join(tmpdir(), "jobs-example-host-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

describe("two tasks in two domains from one INI file", () => {
  it("each domain is emptied by its own host [C7 C19]", async () => {
    using folder = temporaryFolder();
    const { code, stdout, stderr } = await run(folder.path, ["start.mjs"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^quick {6,}1 +40 /m);
    expect(stdout).toMatch(/^heavy {6,}2 +6 /m);
    const stats = await run(folder.path, [JOBS, "stats", "--json"]);
    const { queues } = JSON.parse(stats.stdout) as {
      queues: readonly { name: string; ready: { n: number } }[];
    };
    expect(queues.map(({ name, ready }) => [name, ready.n])).toEqual([
      ["default__heavy", 0],
      ["default__quick", 0],
    ]);
  });

  it("a task's own section decides, and DEFAULT where that is silent [C12 C13 C17]", async () => {
    using folder = temporaryFolder();
    const explain = async (key: string) =>
      JSON.parse((await run(folder.path, [JOBS, "config", "explain", key, "--json"])).stdout);
    expect(await explain("count_primes.domain")).toMatchObject({
      value: "heavy",
      where: "jobs.config.ini:14",
    });
    expect(await explain("count_primes.pollInterval")).toMatchObject({
      value: 100,
      where: "jobs.config.ini:5",
    });
    expect(await explain("greet.attempts")).toMatchObject({ value: 5, layer: "default" });
  });
});
