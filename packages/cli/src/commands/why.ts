import { GLOBAL_FLAGS, PROJECT_FLAGS, TIMEOUT_FLAG } from "../base/global-flags.ts";
import { JobsCommand } from "../base/jobs-command.ts";
import { idArg, nameFlag, QUEUES_FLAG } from "../base/name-flags.ts";
import { withApp } from "../base/with-app.ts";
import { CliError } from "../output/cli-error.ts";
import { EXIT, type ExitCode } from "../output/exit-codes.ts";
import { printExplanation } from "../queues/print-explanation.ts";
import { warnOfUnused } from "../queues/selected-queues.ts";

export default class Why extends JobsCommand {
  static override args = {
    id: idArg({ description: "The job's id. Left out with --queue." }),
  };
  static override flags = {
    queue: nameFlag({ exclusive: ["queues"], description: "Say why the jobs of this queue do not start." }),
    ...QUEUES_FLAG,
    ...PROJECT_FLAGS,
    ...TIMEOUT_FLAG,
    ...GLOBAL_FLAGS,
  };
  static override examples = [
    "jobs why 0199f3c1-7d0e-7b6a-9a51-1f0c2d3e4f50",
    "jobs why --queue mail",
    "jobs why 0199f3c1-7d0e-7b6a-9a51-1f0c2d3e4f50 --json",
  ];

  async run(): Promise<ExitCode> {
    const { flags, args } = await this.parse(Why);
    const { queue, queues } = flags;
    const { id } = args;
    if ((id === undefined) === (queue === undefined))
      throw new CliError("usage", "name either the id of a job or a queue by --queue.");
    const explanation = await withApp({ flags, isAppOptional: true, use: "look" }, async ({ app }) => {
      warnOfUnused(app, queue === undefined ? (queues ?? []) : [queue]);
      if (queue !== undefined) return app.whyQueue(queue);
      // Without a module of an app no queue is known but the default one.
      const searched = queues ?? (app.queues.length === 0 ? ["default"] : app.queues);
      return app.why(id ?? "", { queues: searched });
    });
    printExplanation(explanation, this.output);
    return explanation.cause === "not_found" || explanation.cause === "unknown" ? EXIT.no : EXIT.ok;
  }
}
