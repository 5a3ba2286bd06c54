import { join } from "node:path";
import { sqlite } from "@jobs/adapter-sqlite";
import { createApp, defineTask } from "@jobs/core";
import { onTestFinished } from "vitest";
import { listening } from "../listening.ts";
import { createProject, outcomeOf, type TestProject } from "../project.ts";

/** A parent with one worker process that has run jobs of all outcomes, and the exporter of its queues. */
export interface Exporters {
  /** The address of the parent's metrics. */
  readonly workers: string;
  /** The address of `jobs stats --metrics-port`. */
  readonly queues: string;
}

/** A trace of a producer. */
export const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";

/** Starts both on SQLite. They end with the test. */
export async function startExporters(): Promise<Exporters> {
  const project = createProject();
  await enqueueTraced(project);
  await project.jobs(["enqueue", "failing"]);
  const worker = project.start(["worker", "--processes", "1", "--metrics-port", "127.0.0.1:0"]);
  const workerEnded = outcomeOf(worker);
  const workers = await listening(worker);
  const { url: queues, end } = await startStats(project);
  onTestFinished(async () => {
    worker.kill("SIGTERM");
    await Promise.all([workerEnded, end()]);
    project[Symbol.dispose]();
  });
  return { workers, queues };
}

/** The same task as in the project's app, sent with a trace, which the command cannot add. */
async function enqueueTraced({ folder }: TestProject): Promise<void> {
  const myTask = defineTask("my_task", { a: "number", b: "number" });
  await using app = createApp({
    tasks: [myTask],
    broker: sqlite({ file: join(folder, ".jobs", "jobs.db") }),
  });
  const traceparent = `00-${TRACE_ID}-00f067aa0ba902b7-01`;
  await app.enqueue(myTask, { a: 1, b: 2 }, { headers: { traceparent } });
}

/** Starts `jobs stats --metrics-port` in a project. */
export async function startStats(
  project: TestProject,
  args: readonly string[] = [],
): Promise<{ readonly url: string; end(): Promise<number | null> }> {
  const stats = project.start(["stats", "--metrics-port", "127.0.0.1:0", ...args]);
  const ended = outcomeOf(stats);
  const url = await new Promise<string>((resolve, reject) => {
    let said = "";
    stats.stderr?.on("data", (chunk) => {
      said += chunk;
      const found = /listening on (http:\/\/[\d.:]+)\/metrics/.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    });
    stats.once("close", () => reject(new Error(`ended without listening: ${said}`)));
  });
  return {
    url,
    async end() {
      stats.kill("SIGTERM");
      return (await ended).code;
    },
  };
}

/** The metrics page at an address. */
export async function scrape(
  url: string,
  accept = "",
): Promise<{ readonly type: string; readonly text: string }> {
  const answer = await fetch(`${url}/metrics`, { headers: { accept } });
  return { type: answer.headers.get("content-type") ?? "", text: await answer.text() };
}

/** Names of the families of a page, in its order. */
export function familyNames(text: string): readonly string[] {
  return [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = ""]) => name);
}
