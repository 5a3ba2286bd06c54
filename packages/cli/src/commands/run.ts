import { isJobsError } from "@jobs/core";
import { serializeError } from "@jobs/core/broker";
import { GLOBAL_FLAGS, PROJECT_FLAGS } from "../base/global-flags.ts";
import { JobsCommand } from "../base/jobs-command.ts";
import { LOG_FLAGS } from "../base/log-flags.ts";
import { Args, Flags } from "../base/oclif.ts";
import { CliError } from "../output/cli-error.ts";
import { during } from "../output/exit-process.ts";
import { printableJson } from "../output/printable.ts";
import { parseParams, wordsAfter } from "../params/parse-params.ts";
import { processSources } from "../params/read-source.ts";
import { openApp } from "../project/open-app.ts";
import { createLogger } from "../worker/create-logger.ts";

export default class Run extends JobsCommand {
  static override strict = false;
  static override usage = "run TASK [name=value ...] [flags]";
  static override args = {
    task: Args.string({ description: "Name of the task.", ignoreStdin: true }),
  };
  static override flags = {
    params: Flags.string({
      description: "Parameters as one JSON object; name=value overrides.",
      helpValue: "JSON|@file|-",
    }),
    ...LOG_FLAGS,
    ...PROJECT_FLAGS,
    ...GLOBAL_FLAGS,
  };
  static override examples = ["jobs run my_task a=1 b=2"];

  async run(): Promise<void> {
    const parsed = await this.parse(Run);
    const { flags, args } = parsed;
    if (args.task === undefined) {
      throw new CliError("usage", "the task is missing.", {
        hint: "jobs run TASK name=value …; jobs tasks lists them.",
      });
    }
    const logger = () => createLogger(flags, process.stderr);
    await using opened = await openApp({ flags, hasBroker: false, logger });
    const { app } = opened;
    const task = app.tasks.get(args.task);
    const written = { assignments: wordsAfter(parsed, 1), base: flags.params };
    const params = await parseParams(written, task.signature, processSources());
    const job = () => app.run(task.name, params);
    const result = await during({ type: "job", name: task.name }, job).catch((error: unknown) => {
      throw jobFailed(task.name, error);
    });
    if (this.output.isJson) this.output.json({ task: task.name, result: result ?? null });
    else this.output.line(printableJson(result ?? null));
  }
}

/** An error of core is passed on. An error that the handler threw means that the job has failed, not this command. */
function jobFailed(task: string, error: unknown): unknown {
  if (isJobsError(error)) return error;
  const { name, message } = serializeError(error);
  return new CliError("job_failed", `${task} failed: ${name}: ${message}`, {
    cause: error,
    details: { task },
  });
}
