import { MAX_DELAY_MS, MOMENT_FORM, parseMoment, TAGS_RULE } from "@jobs/core/runtime";
import {
  DRY_RUN_FLAG,
  durationFlag,
  GLOBAL_FLAGS,
  PROJECT_FLAGS,
  TIMEOUT_FLAG,
  timeFlag,
} from "../base/global-flags.ts";
import { JobsCommand } from "../base/jobs-command.ts";
import { nameFlag, newIdFlag, textFlag } from "../base/name-flags.ts";
import { Args, Flags } from "../base/oclif.ts";
import { toggle } from "../base/toggle.ts";
import { CliError } from "../output/cli-error.ts";
import { EXIT, type ExitCode } from "../output/exit-codes.ts";
import { wordsAfter } from "../params/parse-params.ts";

/** A moment on the command line. */
const momentFlag = Flags.custom<Date>({
  helpValue: "ISO-TIME",
  parse: async (written) => {
    const at = parseMoment(written);
    if (at !== undefined && at - Date.now() > MAX_DELAY_MS)
      throw new CliError("usage", "must be at most 100 years ahead.");
    if (at !== undefined) return new Date(at);
    throw new CliError("usage", `must be ${MOMENT_FORM}.`, {
      hint: "Years are 1970 to 9999; the day must be in the calendar, with the zone as Z or an offset.",
    });
  },
});

export default class Enqueue extends JobsCommand {
  static override strict = false;
  static override usage = "enqueue TASK [name=value ...] [flags]";
  static override args = {
    task: Args.string({ description: "Name of the task.", ignoreStdin: true }),
  };
  static override flags = {
    params: Flags.string({
      description: "Parameters as one JSON object; name=value overrides.",
      helpValue: "JSON|@file|-",
    }),
    untyped: toggle({ description: "Send without a contract: no app is loaded, nothing is checked." }),
    queue: nameFlag({ description: "Another queue than the task's." }),
    domain: nameFlag({ description: "Another domain of workers than the task's.", helpValue: "DOMAIN" }),
    in: durationFlag({ description: "Not before this time has passed.", exclusive: ["at"] }),
    at: momentFlag({ description: "Not before this moment, written with its zone: Z or an offset." }),
    priority: Flags.integer({ description: "0 normal to 9 first.", min: 0, max: 9 }),
    id: newIdFlag({ description: "The job's id instead of a new one." }),
    group: textFlag({ description: "Ordering or fairness group.", helpValue: "GROUP" }),
    attempts: Flags.integer({ description: "Failed runs that make a dead letter.", min: 1 }),
    expires: timeFlag({
      description: "Make the job a dead letter, expired, when it has not started within this time.",
      exclusive: ["then"],
    }),
    tag: textFlag({
      description:
        "A tag to find the job by in the history, such as customer:7. Repeat it for more; with --then all jobs have them.",
      helpValue: "TAG",
      multiple: true,
      multipleNonGreedy: true,
      exclusive: ["batch"],
    }),
    wait: durationFlag({
      description:
        "Wait so long for the result and print it: exit 1 when the job has died, 75 when the time is up.",
      exclusive: ["batch", "dry-run"],
    }),
    // biome-ignore lint/suspicious/noThenProperty: the name of a flag; nobody awaits the flags of a class
    then: Flags.string({
      description:
        "A job to follow when the one before has succeeded; name<path takes a value from what that one returned, name<. all of it. Repeat it for more.",
      helpValue: "'TASK name=value name<path'",
      multiple: true,
      multipleNonGreedy: true,
    }),
    batch: Flags.string({ description: "Send a job for each line of a file.", helpValue: "FILE.ndjson|-" }),
    ...DRY_RUN_FLAG,
    ...PROJECT_FLAGS,
    ...TIMEOUT_FLAG,
    ...GLOBAL_FLAGS,
  };
  static override examples = [
    "jobs enqueue my_task a=1 b=2",
    "jobs enqueue send_email to=a@b.c tags[]=new meta:='{\"vip\":true}' body=@letter.txt --in 5m",
    "jobs enqueue my_task a=1 b=2 --wait 30s",
    "jobs enqueue fetch url=a --then 'parse strict=true html<body' --then 'store table=pages rows<items'",
    "jobs enqueue --batch jobs.ndjson --json",
  ];

  async run(): Promise<ExitCode> {
    const parsed = await this.parse(Enqueue);
    const { flags, args } = parsed;
    refuseFollowers(flags);
    if (flags.tag !== undefined && !TAGS_RULE.accepts(flags.tag))
      throw new CliError("usage", `--tag must be ${TAGS_RULE.expected}.`);
    if (flags.batch !== undefined) {
      if (args.task !== undefined)
        throw new CliError("usage", "--batch takes tasks from its lines, not from arguments.");
      const { enqueueBatch } = await import("../enqueue/enqueue-batch.ts");
      return enqueueBatch({ ...flags, batch: flags.batch }, this.output);
    }
    if (args.task === undefined) {
      throw new CliError("usage", "the task is missing.", {
        hint: "jobs enqueue TASK name=value …; jobs tasks lists them.",
      });
    }
    const written = { assignments: wordsAfter(parsed, 1), base: flags.params };
    const request = { task: args.task, written, flags };
    if (flags.then !== undefined) {
      const { enqueueFlow } = await import("../enqueue/enqueue-flow.ts");
      await enqueueFlow({ ...request, followers: flags.then }, this.output);
      return EXIT.ok;
    }
    const { enqueueOne } = await import("../enqueue/enqueue-one.ts");
    return enqueueOne(request, this.output);
  }
}

/** @throws CliError `usage` with the reason why `--then` is not possible */
function refuseFollowers(flags: {
  readonly then: readonly string[] | undefined;
  readonly batch: string | undefined;
  readonly untyped: boolean;
}): void {
  if (flags.then === undefined) return;
  if (flags.batch !== undefined) {
    throw new CliError("usage", "--then cannot follow a --batch: its lines are jobs of different tasks.", {
      hint: "Start one chain for each line: jobs enqueue TASK name=value --then …",
    });
  }
  if (flags.untyped) {
    throw new CliError(
      "usage",
      "--then cannot go with --untyped: without contracts the parameters of a step are unknown.",
      {
        hint: "Leave out --untyped and name the app by --app or the configuration file.",
      },
    );
  }
}
