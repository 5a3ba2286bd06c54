import {
  DEFAULT_TIMEOUT_MS,
  durationFlag,
  GLOBAL_FLAGS,
  PROJECT_FLAGS,
  TIMEOUT_FLAG,
} from "../base/global-flags.ts";
import { JobsCommand } from "../base/jobs-command.ts";
import { idArg } from "../base/name-flags.ts";
import { withApp } from "../base/with-app.ts";
import { CliError } from "../output/cli-error.ts";
import { openProgress } from "../output/open-progress.ts";
import { describeResult, failUnlessSucceeded, noResultWithin, printResult } from "../results/print-result.ts";

export default class Result extends JobsCommand {
  static override args = {
    id: idArg({ description: "The job's id.", required: true }),
  };
  static override flags = {
    wait: durationFlag({ description: "How long to wait for a missing result; then exit 75." }),
    ...PROJECT_FLAGS,
    ...TIMEOUT_FLAG,
    ...GLOBAL_FLAGS,
  };
  static override examples = [
    "jobs result 0199f3c1-7d0e-7b6a-9a51-1f0c2d3e4f50 --wait 30s",
    "jobs result 0199f3c1-7d0e-7b6a-9a51-1f0c2d3e4f50 --results postgres://reader@db/jobs --json",
  ];

  async run(): Promise<void> {
    const { flags, args } = await this.parse(Result);
    const waitMs = flags.wait ?? 0;
    const timeout = (flags.timeout ?? DEFAULT_TIMEOUT_MS) + waitMs;
    const needs = { flags: { ...flags, timeout }, isAppOptional: true, hasBroker: false, hasResults: true };
    const result = await withApp(needs, async ({ app }) => {
      using progress = waitMs > 0 ? await openProgress("waiting for") : undefined;
      progress?.wait(args.id, Date.now() + waitMs, waitMs);
      return await app.result(args.id, { waitMs });
    });
    if (result === undefined) {
      if (waitMs > 0) throw noResultWithin(args.id, waitMs);
      throw new CliError("not_found", `no result of job ${args.id} is kept.`, {
        hint: "It may not be done yet (--wait 30s), or the result has expired; jobs show looks for the job.",
      });
    }
    failUnlessSucceeded(result);
    if (this.output.isJson) this.output.json({ schema: "jobs.result/1", ...describeResult(result) });
    else printResult(result, this.output);
  }
}
