import { DRY_RUN_FLAG, GLOBAL_FLAGS, PROJECT_FLAGS, timeFlag } from "../base/global-flags.ts";
import { JobsCommand } from "../base/jobs-command.ts";
import { QUEUES_FLAG } from "../base/name-flags.ts";
import { Flags } from "../base/oclif.ts";
import { toggle } from "../base/toggle.ts";
import { printMove } from "../move/print-move.ts";
import { rateFlag } from "../move/rate-flag.ts";
import { runMove } from "../move/run-move.ts";
import type { ExitCode } from "../output/exit-codes.ts";

const { broker: _, ...WITHOUT_BROKER } = PROJECT_FLAGS;

export default class Move extends JobsCommand {
  static override flags = {
    from: Flags.string({
      description: "The broker that has the jobs: a kind, a key of brokers, or a URL.",
      required: true,
      helpValue: "BROKER",
    }),
    to: Flags.string({ description: "The broker that gets them.", required: true, helpValue: "BROKER" }),
    ...QUEUES_FLAG,
    rate: rateFlag({ description: "Move at most this many jobs in a second or a minute: 500/s, 600/m." }),
    "until-empty": toggle({
      description: "Wait for jobs that workers have, and for delayed ones that the broker does not show.",
    }),
    lease: timeFlag({
      description:
        "How long a job is hidden from workers of a broker that only lends it, such as SQS. Default 1m.",
    }),
    journal: Flags.string({
      description: "The file by which a killed move is resumed. Default: one for these brokers in .jobs.",
      helpValue: "FILE",
    }),
    ...DRY_RUN_FLAG,
    ...WITHOUT_BROKER,
    ...GLOBAL_FLAGS,
  };
  static override examples = [
    "jobs move --from sqlite --to redis://localhost --queues default,mail",
    "jobs move --from redis --to sqs --queues mail --dry-run",
  ];

  async run(): Promise<ExitCode> {
    const { flags } = await this.parse(Move);
    return printMove(await runMove(flags), this.output);
  }
}
