import { countOf } from "@jobs/core/config";
import { GLOBAL_FLAGS, PROJECT_FLAGS } from "../base/global-flags.ts";
import { JobsCommand } from "../base/jobs-command.ts";
import { Flags } from "../base/oclif.ts";
import { toggle } from "../base/toggle.ts";
import { EXIT, type ExitCode } from "../output/exit-codes.ts";

export default class RelayCommand extends JobsCommand {
  static override flags = {
    from: Flags.string({
      description: "The store of the outbox: a kind or the URL of a broker in your database.",
      helpValue: "URL",
      required: true,
    }),
    queue: Flags.string({
      description: "The queue of the store that jobs wait in. Default outbox.",
      helpValue: "NAME",
    }),
    "until-empty": toggle({ description: "End when nothing waits any more." }),
    ...PROJECT_FLAGS,
    ...GLOBAL_FLAGS,
  };
  static override examples = [
    "jobs relay --from sqlite:shop.db --broker redis://localhost",
    "jobs relay --from sqlite:shop.db --broker sqs --until-empty",
    "jobs relay --from sqlite:spool.db --queue failover",
  ];

  async run(): Promise<ExitCode> {
    const { flags } = await this.parse(RelayCommand);
    const { runRelay } = await import("../relay/run-relay.ts");
    const { sent, refused } = await runRelay(flags, this.output);
    if (this.output.isJson) this.output.json({ schema: "jobs.relay/1", sent, refused });
    else this.output.line(`${countOf(sent, "job")} sent${refused === 0 ? "" : `, ${refused} refused`}`);
    return refused === 0 ? EXIT.ok : EXIT.no;
  }
}
