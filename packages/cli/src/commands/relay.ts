import { countOf } from "@jobs/core/config";
import { GLOBAL_FLAGS, PROJECT_FLAGS } from "../base/global-flags.ts";
import { JobsCommand } from "../base/jobs-command.ts";
import { listenFlag } from "../base/listen-flag.ts";
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
    "health-port": listenFlag({
      description: "Answer /live and /ready there; on 127.0.0.1 unless a host is given.",
    }),
    "metrics-port": listenFlag({
      description: "Answer /metrics there, in Prometheus' text format; on 127.0.0.1 unless a host is given.",
    }),
    "metrics-file": Flags.string({ description: "Keep the metrics in a file as well.", helpValue: "FILE" }),
    ...PROJECT_FLAGS,
    ...GLOBAL_FLAGS,
  };
  static override examples = [
    "jobs relay --from sqlite:shop.db --broker redis://localhost",
    "jobs relay --from sqlite:shop.db --broker sqs --until-empty",
    "jobs relay --from sqlite:spool.db --queue failover",
    "jobs relay --from postgres://shop@localhost/shop --health-port 8080 --metrics-port 0.0.0.0:9090",
  ];

  async run(): Promise<ExitCode> {
    const { flags } = await this.parse(RelayCommand);
    const { runRelay } = await import("../relay/run-relay.ts");
    const { sent, refused } = await runRelay(flags, this.output);
    if (this.output.isJson) this.output.json({ schema: "jobs.relay/1", sent, refused });
    else this.output.line(`${countOf(sent, "job")} sent${refused === 0 ? "" : `, ${refused} refused`}`);
    // One that a supervisor has stopped has not failed, whatever it has met in weeks.
    return refused === 0 || !flags["until-empty"] ? EXIT.ok : EXIT.no;
  }
}
