import type { App } from "@jobs/core";
import type { BrokerQueue, HistoryState, PeekedState } from "@jobs/core/broker";
import { CURSOR_FLAG, fromCursor } from "../base/cursor-flag.ts";
import { durationFlag, GLOBAL_FLAGS, PROJECT_FLAGS, TIMEOUT_FLAG } from "../base/global-flags.ts";
import { JobsCommand } from "../base/jobs-command.ts";
import { nameFlag, textFlag } from "../base/name-flags.ts";
import { Flags } from "../base/oclif.ts";
import { withApp } from "../base/with-app.ts";
import { CliError } from "../output/cli-error.ts";
import type { Output } from "../output/output.ts";
import { describeMessage } from "../queues/describe-message.ts";
import { PARAMS_FLAGS, paramsView } from "../queues/params-view.ts";
import { printJobs } from "../queues/print-jobs.ts";
import { warnOfUnused } from "../queues/selected-queues.ts";

/** States that only a queue knows. */
const OF_QUEUE = ["ready", "delayed", "leased"] as const;

/** States that only the history knows. */
const OF_HISTORY = ["enqueued", "started", "retried", "snoozed", "held", "released", "cancelled"] as const;

/** A state of the list. Dead and succeeded jobs may be in a queue or in the history. */
type ListState = (typeof OF_QUEUE)[number] | (typeof OF_HISTORY)[number] | "dead" | "succeeded";

export default class List extends JobsCommand {
  static override flags = {
    queue: nameFlag({ description: "The queue. Default: default; in the history all." }),
    state: Flags.option({
      options: [...OF_QUEUE, "dead", "succeeded", ...OF_HISTORY] as const,
      description: "Which jobs. Default: ready; in the history all.",
    })(),
    since: durationFlag({ description: "From the history: jobs that have changed in this time." }),
    task: textFlag({ description: "From the history: jobs of this task.", helpValue: "TASK" }),
    tag: textFlag({ description: "From the history: jobs with this tag.", helpValue: "TAG" }),
    flow: textFlag({ description: "From the history: jobs of this flow.", helpValue: "ID" }),
    limit: Flags.integer({
      description: "At most this many: the oldest of a queue, the latest of the history.",
      min: 1,
      max: 1000,
      default: 50,
    }),
    ...CURSOR_FLAG,
    ...PARAMS_FLAGS,
    ...PROJECT_FLAGS,
    ...TIMEOUT_FLAG,
    ...GLOBAL_FLAGS,
  };
  static override examples = [
    "jobs list --queue mail --state delayed",
    "jobs list --state succeeded --since 1h --task send_email",
    "jobs list --tag customer:7",
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(List);
    const filter = (["since", "task", "tag", "flow"] as const).find((name) => flags[name] !== undefined);
    if (isOneOf(OF_QUEUE, flags.state) && filter !== undefined) throw notKept(flags.state, filter);
    await withApp({ flags, isAppOptional: true, use: "look" }, async ({ app }) => {
      const state = flags.state ?? (filter === undefined ? "ready" : undefined);
      const isOfHistory = filter !== undefined || isOneOf(OF_HISTORY, state);
      const peeked = isOfHistory || state === undefined ? undefined : await peekable(app, state, flags.queue);
      if (peeked !== undefined || flags.queue !== undefined) warnOfUnused(app, [flags.queue ?? "default"]);
      if (peeked !== undefined) return listQueue(app, { ...flags, ...peeked }, this.output);
      const { listHistory } = await import("../history/list-history.ts");
      await listHistory(app, { ...flags, state: state as HistoryState | undefined }, this.output);
    });
  }
}

function isOneOf<T extends string>(states: readonly T[], state: string | undefined): state is T {
  return states.some((one) => one === state);
}

function notKept(state: ListState, filter: string): CliError {
  return new CliError("usage", `--${filter} is about the history, and --state ${state} about a queue.`, {
    hint: `Leave --${filter} out, or ask for another state, such as --state enqueued.`,
  });
}

/** A queue and the state to peek at. */
interface Peeked {
  readonly opened: BrokerQueue;
  readonly name: string;
  readonly state: PeekedState;
}

/** `undefined`: the history answers. It does so for jobs that are finished, where the queue cannot show them. */
async function peekable(app: App, state: ListState, name = "default"): Promise<Peeked | undefined> {
  const opened = await app.queue(name);
  const { keepsFinished, peek } = opened.capabilities;
  if (state === "succeeded" && !keepsFinished) return undefined;
  if (state === "dead" && peek === false && app.history !== undefined) return undefined;
  return { opened, name, state: state as PeekedState };
}

interface QueueFlags extends Peeked {
  readonly limit: number;
  readonly cursor: string | undefined;
  readonly params: boolean;
  readonly secrets: boolean;
}

async function listQueue(app: App, flags: QueueFlags, output: Output): Promise<void> {
  const { opened, name, state, limit, cursor } = flags;
  const options = { state, limit, ...(cursor === undefined ? {} : { cursor }) };
  const page = await fromCursor(cursor, opened.peek(options));
  const jobs = page.messages.map((message) => describeMessage(message, name, paramsView(app, flags)));
  await printJobs({ jobs, nextCursor: page.nextCursor, hasParams: flags.params || flags.secrets }, output);
}
