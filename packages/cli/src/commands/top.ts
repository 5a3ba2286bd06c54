import { type App, isJobsError } from "@jobs/core";
import type { WorkerPresence } from "@jobs/core/runtime";
import { GLOBAL_FLAGS, PROJECT_FLAGS, TIMEOUT_FLAG, timeFlag } from "../base/global-flags.ts";
import { JobsCommand } from "../base/jobs-command.ts";
import { QUEUES_FLAG } from "../base/name-flags.ts";
import { within } from "../base/with-app.ts";
import { createLiveView } from "../output/live-view.ts";
import { openApp } from "../project/open-app.ts";
import { withKeptTotals } from "../stats/kept-totals.ts";
import { repeatReports, type StatsReport, takeSample } from "../stats/stats-report.ts";

/** How often the broker is asked, in ms. */
const DEFAULT_EVERY_MS = 2_000;

export default class Top extends JobsCommand {
  static override flags = {
    ...QUEUES_FLAG,
    every: timeFlag({ description: "Look at this interval. Default 2s." }),
    ...PROJECT_FLAGS,
    ...TIMEOUT_FLAG,
    ...GLOBAL_FLAGS,
  };
  static override examples = ["jobs top", "jobs top --queues mail --every 5s", "jobs top --json"];

  async run(): Promise<void> {
    const { flags } = await this.parse(Top);
    await using opened = await openApp({ flags, isAppOptional: true, use: "look" });
    const { app } = opened;
    const bounds = { app, timeout: flags.timeout, isReading: true };
    const rhythm = { everyMs: flags.every ?? DEFAULT_EVERY_MS, ratesMs: 0 };
    const look = () => within(bounds, takeSample(app, flags.queues));
    using view = createLiveView(this.output);
    for await (const stats of repeatReports(look, rhythm, (sample) => withKeptTotals(app, sample))) {
      const workers = await within(bounds, workersOf(app));
      if (this.output.isJson) this.output.json({ ...stats, schema: "jobs.top/1", workers: workers ?? null });
      else view.show(await linesOf(stats, workers));
    }
  }
}

/** The workers that are alive; `undefined` where nobody can know. */
async function workersOf(app: App): Promise<readonly WorkerPresence[] | undefined> {
  try {
    return await app.workers();
  } catch (error) {
    if (isJobsError(error, "unsupported")) return undefined;
    throw error;
  }
}

async function linesOf(
  stats: StatsReport,
  workers: readonly WorkerPresence[] | undefined,
): Promise<readonly string[]> {
  const { statsLines } = await import("../stats/stats-table.ts");
  const { runningLines, workersLines } = await import("../workers/workers-table.ts");
  const now = Date.now();
  const head = `jobs top · ${stats.broker} · ${new Date(now).toLocaleTimeString("en-GB")} · Ctrl-C ends`;
  const lines = [head, "", ...statsLines(stats), ""];
  if (workers === undefined)
    return [...lines, `${stats.broker}: workers cannot be listed without a result store`];
  if (workers.length === 0) return [...lines, "no worker is alive"];
  const running = runningLines(workers, now);
  return [...lines, ...workersLines(workers, now), "", ...(running.length === 0 ? ["no job runs"] : running)];
}
