import { formatDuration } from "@jobs/core/config";
import type { WorkerPresence } from "@jobs/core/runtime";
import { GLOBAL_FLAGS, PROJECT_FLAGS, TIMEOUT_FLAG } from "../base/global-flags.ts";
import { JobsCommand } from "../base/jobs-command.ts";
import { withApp } from "../base/with-app.ts";
import { maskText } from "../output/mask-secrets.ts";

const COLUMNS = [
  { title: "worker" },
  { title: "state" },
  { title: "release" },
  { title: "queues" },
  { title: "running", align: "right" },
  { title: "slots", align: "right" },
  { title: "done", align: "right" },
  { title: "up" },
  { title: "seen" },
] as const;

export default class Workers extends JobsCommand {
  static override flags = { ...PROJECT_FLAGS, ...TIMEOUT_FLAG, ...GLOBAL_FLAGS };
  static override examples = ["jobs workers", "jobs workers --json"];

  async run(): Promise<void> {
    const { flags } = await this.parse(Workers);
    const workers = await withApp({ flags, isAppOptional: true, use: "look" }, ({ app }) => app.workers());
    if (this.output.isJson) return this.output.json({ schema: "jobs.workers/1", workers });
    if (workers.length === 0) return this.output.line("no worker is alive");
    const { tableLines } = await import("../output/table.ts");
    const now = Date.now();
    for (const line of tableLines(
      COLUMNS,
      workers.map((worker) => rowOf(worker, now)),
    )) {
      this.output.line(line);
    }
  }
}

function rowOf(presence: WorkerPresence, now: number): readonly string[] {
  const { worker, release = "-", queues, running, concurrency, settled } = presence;
  const { startedAt, seenAt } = presence;
  return [
    worker,
    stateOf(presence),
    maskText(release),
    queues.join(","),
    String(running),
    String(concurrency),
    String(settled),
    wholeSeconds(now - startedAt),
    `${wholeSeconds(now - seenAt)} ago`,
  ];
}

/** The state of a worker. For a running one also the reason why slots take no jobs. */
function stateOf({ state, isReady, delayed, concurrency }: WorkerPresence): string {
  if (state !== "running") return state;
  if (delayed > 0) return `${delayed} of ${concurrency} delayed`;
  return isReady ? state : "broker lost";
}

/** Clocks of two machines differ, so an age below 0 counts as 0. */
function wholeSeconds(ms: number): string {
  return formatDuration(Math.max(0, Math.round(ms / 1_000)) * 1_000);
}
