import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const EXAMPLE = fileURLToPath(new URL("..", import.meta.url));
const JOBS = join(dirname(createRequire(import.meta.url).resolve("@jobs/cli/package.json")), "bin/jobs.js");

/** Runs the `jobs` command beside jobs.config.ini, with `input` to read. @throws Error when it fails. */
export async function runJobs(args: readonly string[], input = ""): Promise<string> {
  const env = { JOBS_LOG_LEVEL: "warn", ...process.env };
  const child = spawn(process.execPath, [JOBS, ...args], {
    cwd: EXAMPLE,
    env,
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.end(input);
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`jobs ${args[0]} ended with status ${code}.`);
  return stdout;
}
