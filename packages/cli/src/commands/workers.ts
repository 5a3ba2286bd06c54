import { GLOBAL_FLAGS, PROJECT_FLAGS, TIMEOUT_FLAG } from "../base/global-flags.ts";
import { JobsCommand } from "../base/jobs-command.ts";
import { toggle } from "../base/toggle.ts";
import { withApp } from "../base/with-app.ts";

export default class Workers extends JobsCommand {
  static override flags = {
    signatures: toggle({
      description: "Show which release of a worker accepts what: a line for each form of a task.",
    }),
    ...PROJECT_FLAGS,
    ...TIMEOUT_FLAG,
    ...GLOBAL_FLAGS,
  };
  static override examples = ["jobs workers", "jobs workers --json", "jobs workers --signatures"];

  async run(): Promise<void> {
    const { flags } = await this.parse(Workers);
    const { workers, tasks } = await withApp(
      { flags, isAppOptional: true, use: "look" },
      async ({ app }) => ({ workers: await app.workers(), tasks: app.tasks }),
    );
    const { isJson } = this.output;
    if (flags.signatures && (isJson || workers.length > 0)) {
      const { signatureLines, workerSignatures } = await import("../workers/worker-signatures.ts");
      const accepted = workerSignatures(workers, tasks);
      if (isJson) return this.output.json({ schema: "jobs.worker-signatures/1", ...accepted });
      for (const line of signatureLines(accepted)) this.output.line(line);
      return;
    }
    if (isJson) return this.output.json({ schema: "jobs.workers/1", workers });
    if (workers.length === 0) return this.output.line("no worker is alive");
    const { workersLines } = await import("../workers/workers-table.ts");
    for (const line of workersLines(workers, Date.now())) this.output.line(line);
  }
}
