import type { App } from "@jobs/core";
import type { InferredArgs, InferredFlags, ParserOutput } from "@oclif/core/interfaces";
import { DEAD_FILTER_FLAGS, DEAD_LETTER_FLAGS, IDS_ARG, rateFlag } from "../../base/dead-letter-flags.ts";
import { DRY_RUN_FLAG, GLOBAL_FLAGS, PROJECT_FLAGS, TIMEOUT_FLAG } from "../../base/global-flags.ts";
import { JobsCommand } from "../../base/jobs-command.ts";
import { nameFlag, textFlag } from "../../base/name-flags.ts";
import { Flags } from "../../base/oclif.ts";
import { toggle } from "../../base/toggle.ts";
import { within } from "../../base/with-app.ts";
import { CliError } from "../../output/cli-error.ts";
import { EXIT, type ExitCode } from "../../output/exit-codes.ts";
import { openApp } from "../../project/open-app.ts";
import { readChange } from "../../queues/change-params.ts";
import { printRetry } from "../../queues/print-retry.ts";
import {
  checkedWork,
  chosenWork,
  driveRetry,
  oldestWork,
  type QueueWork,
  targetQueue,
} from "../../queues/redrive-letters.ts";
import { type SelectedQueue, selectQueues } from "../../queues/selected-queues.ts";
import { type ChosenDeadLetters, chooseDeadLetters } from "../../queues/wanted-dead-letters.ts";

export default class DlqRetry extends JobsCommand {
  static override args = IDS_ARG;
  static override flags = {
    ...DEAD_LETTER_FLAGS,
    ...DEAD_FILTER_FLAGS,
    "only-valid": toggle({
      description:
        "Only jobs that today's code accepts; the others stay. Implied by --set, --unset and --map.",
    }),
    set: textFlag({
      description: "Give each job this parameter, typed as by jobs enqueue. May be repeated.",
      helpValue: "name=value",
      multiple: true,
      multipleNonGreedy: true,
    }),
    unset: textFlag({
      description: "Take this parameter away from each job. May be repeated.",
      helpValue: "NAME",
      multiple: true,
      multipleNonGreedy: true,
    }),
    map: Flags.string({
      description:
        "Module whose default export gets (params, job) and returns the job's parameters, or undefined to leave it.",
      helpValue: "FILE",
    }),
    rate: rateFlag({ description: "Put back at most so many jobs per second, such as 50/s." }),
    to: nameFlag({ description: "Into another queue." }),
    ...DRY_RUN_FLAG,
    ...PROJECT_FLAGS,
    ...TIMEOUT_FLAG,
    ...GLOBAL_FLAGS,
  };
  static override examples = [
    "jobs dlq retry --all --queues mail",
    "jobs dlq retry 0199f3c1-7d0e-7b6a-9a51-1f0c2d3e4f50",
    "jobs dlq retry --task send_email --reason signature_mismatch --only-valid --dry-run",
    "jobs dlq retry --task send_email --set zip=0000 --rate 50/s",
  ];

  async run(): Promise<ExitCode> {
    const flags = readAsked(await this.parse(DlqRetry));
    const { "dry-run": isDryRun, timeout, rate } = flags;
    // Parameters can only be checked by the tasks of the app.
    await using opened = await openApp({ flags, isAppOptional: !flags.isChecked });
    const { app } = opened;
    const work = await within({ app, timeout, isReading: true }, this.#plan(app, flags));
    const report = await driveRetry(work, { app, timeout, rate: isDryRun ? undefined : rate });
    await printRetry(report, { isDryRun, isChecked: flags.isChecked }, this.output);
    if (report.isStopped) return EXIT.forced;
    return report.missing.length > 0 ? EXIT.no : EXIT.ok;
  }

  async #plan(app: App, flags: Asked): Promise<readonly QueueWork[]> {
    const { ids, isFiltered, isChecked, filter, limit = Number.MAX_SAFE_INTEGER, to, rate } = flags;
    const isDry = flags["dry-run"];
    const queues = await selectQueues(app, flags.queues);
    const target = targetQueue(app, to);
    if (isChecked || isFiltered || isDry) {
      const chosen = await this.#meant(queues, flags);
      const change = await readChange(flags, app);
      const limited = flags.limit === undefined ? {} : { limit };
      const retry = { filter, change, to, isDry, isUnchecked: !isChecked, rate, ...limited };
      return checkedWork(app, chosen, retry);
    }
    const isAll = flags.all && ids.length === 0;
    if (isAll) return oldestWork(queues, { limit, rate, ...target });
    return chosenWork(await chooseDeadLetters(queues, { ids, isAll: flags.all, limit }), target.to);
  }

  /** The queues, with the ids that were named. @throws CliError as `chooseDeadLetters` */
  async #meant(
    queues: readonly SelectedQueue[],
    { ids, all, isFiltered }: Asked,
  ): Promise<readonly (SelectedQueue & Partial<ChosenDeadLetters>)[]> {
    if (ids.length === 0 && (all || isFiltered)) return queues;
    return chooseDeadLetters(queues, { ids, isAll: all, limit: 1 });
  }
}

type Parsed = ParserOutput<InferredFlags<typeof DlqRetry.flags>, object, InferredArgs<typeof DlqRetry.args>>;

type Asked = ReturnType<typeof readAsked>;

/** Adds to the flags what follows from them. @throws CliError `usage` for ids and a filter together */
function readAsked({ flags, args }: Parsed) {
  const { reason, task, sig: signature, set, unset, map } = flags;
  const filter = { reason, task, signature };
  const isFiltered = Object.values(filter).some((part) => part !== undefined);
  const ids = args.ids ?? [];
  if (isFiltered && ids.length > 0) {
    throw new CliError("usage", "name dead letters by id, or by --reason, --task and --sig.", {
      hint: "jobs dlq list shows them.",
    });
  }
  const isChecked = flags["only-valid"] || [set, unset, map].some((written) => written !== undefined);
  return { ...flags, filter, isFiltered, ids, isChecked };
}
