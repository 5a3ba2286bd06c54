import type { App } from "@jobs/core";
import { MOMENT_FORM, parseMoment } from "@jobs/core/runtime";
import { DEFAULT_TIMEOUT_MS, GLOBAL_FLAGS, PROJECT_FLAGS, timeFlag } from "../base/global-flags.ts";
import { JobsCommand } from "../base/jobs-command.ts";
import { QUEUES_FLAG, textFlag } from "../base/name-flags.ts";
import { Flags } from "../base/oclif.ts";
import { toggle } from "../base/toggle.ts";
import { withApp } from "../base/with-app.ts";
import { CliError } from "../output/cli-error.ts";
import { printable } from "../output/printable.ts";
import { countLeft, sumOf, type WantedJobs } from "../wait/count-left.ts";
import { type Look, waitUntil } from "../wait/wait-until.ts";

const DEFAULT_WAIT_MS = 1_800_000;
const DEFAULT_EVERY_MS = 5_000;

/** The moment in ms since 1970. */
const momentFlag = Flags.custom<number>({
  helpValue: "MOMENT",
  parse: async (written) => {
    const at = written === "now" ? Date.now() : parseMoment(written);
    if (at === undefined) throw new CliError("usage", `must be now, or ${MOMENT_FORM}.`);
    return at;
  },
});

export default class Wait extends JobsCommand {
  static override flags = {
    task: textFlag({ description: "The task, as its jobs name it.", helpValue: "TASK", required: true }),
    "until-empty": toggle({ description: "Until no job of it is ready, delayed or at work." }),
    "until-accepted": toggle({
      description: "Until all running workers of its queue accept the form that this code has.",
      exclusive: ["until-empty", "sig", "enqueued-before", "dead", "queues"],
    }),
    sig: Flags.string({
      description: "Only jobs with this signature, such as cc?,to.",
      helpValue: "SIGNATURE",
    }),
    "enqueued-before": momentFlag({
      description: "Only jobs that were enqueued before: now, or a moment with its zone.",
    }),
    dead: toggle({ description: "Dead letters count too." }),
    ...QUEUES_FLAG,
    timeout: timeFlag({ description: "Give up after this time: exit 75. Default 30m." }),
    every: timeFlag({ description: "Look at this interval. Default 5s." }),
    ...PROJECT_FLAGS,
    ...GLOBAL_FLAGS,
  };
  static override examples = [
    "jobs wait --task send_email --sig cc?,to --until-empty --timeout 30m",
    "jobs wait --task send_email --enqueued-before now --until-empty",
    "jobs wait --task send_email --until-accepted",
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(Wait);
    if (!flags["until-empty"] && !flags["until-accepted"]) {
      throw new CliError("usage", "say what to wait for.", {
        hint: "Add --until-empty or --until-accepted.",
      });
    }
    const { task, sig, dead: hasDead, queues, timeout: timeoutMs = DEFAULT_WAIT_MS } = flags;
    const wanted = { task, sig, hasDead, queues, enqueuedBefore: flags["enqueued-before"] };
    const rhythm = { timeoutMs, everyMs: flags.every ?? DEFAULT_EVERY_MS };
    // The wait has its own limit. That of the project only has to be longer.
    const limits = { ...flags, timeout: timeoutMs + DEFAULT_TIMEOUT_MS };
    const isAppOptional = flags["until-empty"];
    const done = await withApp({ flags: limits, isAppOptional, use: "look" }, ({ app }) =>
      isAppOptional
        ? // One delivery may move between two pages, so one empty look is not enough.
          waitUntil(() => lookForJobs(app, wanted), { ...rhythm, looks: 2 })
        : waitUntil(() => askWorkers(app, task), { ...rhythm, looks: 1 }),
    );
    if (this.output.isJson) this.output.json({ schema: "jobs.wait/1", ...done.details });
    else this.output.line(done.status);
  }
}

async function lookForJobs(app: App, wanted: WantedJobs): Promise<Look> {
  const left = await countLeft(app, wanted);
  const count = sumOf(left);
  const { task, sig = null, enqueuedBefore } = wanted;
  const which = `${task}${sig === null ? "" : ` with the signature ${sig || "()"}`}`;
  const states = Object.entries(left).map(([state, n]) => `${state} ${n}`);
  const status =
    count === 0
      ? `no job of ${which} is left`
      : `${count} ${count === 1 ? "job" : "jobs"} of ${which} ${count === 1 ? "is" : "are"} left: ${states.join(", ")}`;
  const since = enqueuedBefore === undefined ? null : new Date(enqueuedBefore).toISOString();
  const details = { task, sig, enqueuedBefore: since, left: count, states: left };
  return { isDone: count === 0, status: printable(status), details };
}

async function askWorkers(app: App, name: string): Promise<Look> {
  const task = app.tasks.get(name);
  const isDone = await app.isAcceptedByAll(task);
  const status = isDone
    ? `all running workers accept ${name}`
    : `not all running workers accept ${name} as it is here, see jobs workers --signatures`;
  return { isDone, status, details: { task: name, isAccepted: isDone } };
}
