import type { HostReport } from "@jobs/host";
import { DOMAINS, type Domain } from "./domains.ts";
import { runJobs } from "./jobs-command.ts";

/** Fills the queues of both domains, runs a host for each, and prints what each has done. */
export async function start(): Promise<number> {
  const jobs = DOMAINS.flatMap((domain) => domain.jobs).map((job) => JSON.stringify(job));
  await runJobs(["enqueue", "--batch", "-"], `${jobs.join("\n")}\n`);
  const reports = await Promise.all(DOMAINS.map(runHost));
  say("DOMAIN  PROCESSES  JOBS    BUSY    TOOK");
  reports.forEach((report, index) => {
    say(row(DOMAINS[index]?.name ?? "", report));
  });
  return 0;
}

// #region host
async function runHost({ name, processes, concurrency }: Domain): Promise<HostReport> {
  const size = ["--processes", String(processes), "--concurrency", String(concurrency)];
  return JSON.parse(await runJobs(["worker", "--queues", `default__${name}`, ...size, "--drain", "--json"]));
}
// #endregion host

function row(name: string, { processes, succeeded, busyMs, seconds }: HostReport): string {
  const numbers = [processes, succeeded, `${(busyMs / 1_000).toFixed(2)}s`, `${seconds.toFixed(2)}s`];
  const widths = [9, 4, 6, 6];
  return [name.padEnd(6), ...numbers.map((text, index) => String(text).padStart(widths[index] ?? 0))].join(
    "  ",
  );
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
