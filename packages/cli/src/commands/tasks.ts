import type { App, Task } from "@jobs/core";
import { routedQueue } from "@jobs/core/broker";
import { formatDuration } from "@jobs/core/config";
import { GLOBAL_FLAGS, PROJECT_FLAGS } from "../base/global-flags.ts";
import { JobsCommand } from "../base/jobs-command.ts";
import { openApp } from "../project/open-app.ts";

export default class Tasks extends JobsCommand {
  static override flags = { ...PROJECT_FLAGS, ...GLOBAL_FLAGS };
  static override examples = ["jobs tasks"];

  async run(): Promise<void> {
    const { flags } = await this.parse(Tasks);
    await using opened = await openApp({ flags, hasBroker: false });
    const tasks = opened.app.tasks.tasks.map((task) => describeTask(opened.app, task));
    if (this.output.isJson) {
      this.output.json({ schema: "jobs.tasks/1", tasks });
      return;
    }
    const { tableLines } = await import("../output/table.ts");
    const columns = ["task", "queue", "attempts", "timeout", "description"].map((title) => ({ title }));
    const rows = tasks.map((task) => [
      `${task.name}(${task.signature})`,
      routedQueue(task.queue, task.domain),
      String(task.maxAttempts),
      task.timeoutMs === null ? "off" : formatDuration(task.timeoutMs),
      task.description ?? "",
    ]);
    for (const line of tableLines(columns, rows)) this.output.line(line);
  }
}

function describeTask(app: App, task: Task) {
  const { queue, maxAttempts, timeoutMs, domain } = app.config.task(task.name);
  return {
    name: task.name,
    signature: task.signature.text,
    fingerprint: task.signature.fingerprint,
    queue,
    maxAttempts,
    // JSON has no infinity.
    timeoutMs: Number.isFinite(timeoutMs) ? timeoutMs : null,
    ...(domain === undefined ? {} : { domain }),
    ...(task.options.aliases === undefined ? {} : { aliases: task.options.aliases }),
    ...(task.options.description === undefined ? {} : { description: task.options.description }),
  };
}
