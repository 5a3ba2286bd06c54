import { DRY_RUN_FLAG, GLOBAL_FLAGS, PROJECT_FLAGS, TIMEOUT_FLAG } from "../base/global-flags.ts";
import { JobsCommand } from "../base/jobs-command.ts";
import { idArg } from "../base/name-flags.ts";
import { withApp } from "../base/with-app.ts";
import { CliError } from "../output/cli-error.ts";
import { printable } from "../output/printable.ts";

export default class Cancel extends JobsCommand {
  static override args = {
    id: idArg({ description: "Id of a job, or of a whole flow.", required: true }),
  };
  static override flags = { ...DRY_RUN_FLAG, ...PROJECT_FLAGS, ...TIMEOUT_FLAG, ...GLOBAL_FLAGS };
  static override examples = ["jobs cancel 0199f2c4-7d0e-7b6a-9a51-1f0c2d3e4f50"];

  async run(): Promise<void> {
    const { flags, args } = await this.parse(Cancel);
    const { id } = args;
    const outcome = await withApp({ flags, isAppOptional: true }, ({ app }) => app.cancel(id));
    if (outcome.status === "not_found") {
      throw new CliError("not_found", `there is no job and no flow ${printable(id)}.`, {
        hint: "It may be done already: jobs result ID shows what it returned.",
        details: { id },
      });
    }
    if (flags["dry-run"]) {
      if (this.output.isJson) return this.output.json({ id, isDryRun: true });
      return this.output.line(`would cancel ${printable(id)}`);
    }
    if (this.output.isJson) return this.output.json({ ...outcome, isDryRun: false });
    if (outcome.status === "removed")
      return this.output.line(`cancelled ${printable(id)}: taken out of ${printable(outcome.queue)}`);
    const effect =
      "no job of that id waits; what runs or follows under it, if anything, is stopped within 2 s";
    this.output.line(`asked to cancel ${printable(id)}: ${effect}`);
  }
}
