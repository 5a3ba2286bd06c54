import {
  type App,
  chain,
  type Flow,
  type StartOptions,
  type Step,
  type StepOptions,
  step,
  type Task,
} from "@jobs/core";
import { isTakenPath, TAKEN_PATH_FORM } from "@jobs/core/runtime";
import { withApp } from "../base/with-app.ts";
import { CliError } from "../output/cli-error.ts";
import type { Output } from "../output/output.ts";
import { printable } from "../output/printable.ts";
import { parseParams } from "../params/parse-params.ts";
import { type ParamSources, processSources } from "../params/read-source.ts";
import { brokerOf } from "../project/open-app.ts";
import { warnOfUnusedRoute } from "../queues/selected-queues.ts";
import { describeResult, printResult } from "../results/print-result.ts";
import type { EnqueueFlags, EnqueueRequest } from "./enqueue-one.ts";
import { refuseVainWait, waitForLast, withWait } from "./wait-for-results.ts";

/** A job and those that follow it. */
export interface FlowRequest extends EnqueueRequest {
  /** Each as `TASK name=value name<path …`. */
  readonly followers: readonly string[];
}

/**
 * Checks a whole chain and sends its first job. `--wait` waits for the last one. Flags that describe a job, such as
 * `--queue`, apply to the first one. Tags are given to all.
 */
export async function enqueueFlow(request: FlowRequest, output: Output): Promise<void> {
  const flags = withWait(request.flags);
  await withApp({ flags }, async ({ app }) => {
    const steps = await readSteps(request, app);
    warnOfUnusedRoute(app, request.task, flags);
    const names = steps.map((one) => one.task.name);
    return start(app, chain(steps), { names, flags, output });
  });
}

async function readSteps(
  { task: name, written, flags, followers }: FlowRequest,
  app: App,
): Promise<readonly Step[]> {
  const sources = processSources();
  const task = app.tasks.get(name);
  const steps = [step(task, await parseParams(written, task.signature, sources), stepOptions(flags))];
  for (const text of followers) steps.push(await parseStep(text, app, sources));
  return steps;
}

/** How the start of a flow is reported. */
interface StartOutput {
  readonly names: readonly string[];
  readonly flags: EnqueueFlags;
  readonly output: Output;
}

async function start(app: App, flow: Flow, { names, flags, output }: StartOutput): Promise<void> {
  if (flags.wait !== undefined) refuseVainWait(app);
  const options: StartOptions = {
    ...(flags.id === undefined ? {} : { id: flags.id }),
    ...(flags.tag === undefined ? {} : { tags: flags.tag }),
  };
  const { id, stepIds, lastId, startedAt: since, jobs } = await app.start(flow, options);
  if (flags["dry-run"]) {
    if (output.isJson) output.json({ isDryRun: true, steps: names });
    else output.line(`would start ${printable(names.join(" → "))}`);
    return;
  }
  if (flags.wait !== undefined) output.note(`started ${id}`);
  const result = await waitForLast(app, { ids: stepIds, since }, flags.wait);
  const isKnown = jobs.every(({ status }) => status === "duplicate");
  const shown = {
    id,
    lastId,
    steps: names,
    broker: brokerOf(app).kind,
    ...(isKnown && { status: "duplicate" }),
  };
  if (output.isJson) output.json({ ...shown, ...(result && { result: describeResult(result) }) });
  else if (result !== undefined) printResult(result, output);
  else if (isKnown)
    output.line(`nothing sent: a flow ${printable(id)} is stored already (${brokerOf(app).kind})`);
  else output.line(`started ${printable(names.join(" → "))} ${printable(id)} (${brokerOf(app).kind})`);
}

function stepOptions(flags: EnqueueFlags): StepOptions<Record<never, never>> {
  const delayMs = flags.at === undefined ? flags.in : Math.max(0, flags.at.getTime() - Date.now());
  return {
    ...(flags.queue === undefined ? {} : { queue: flags.queue }),
    ...(flags.domain === undefined ? {} : { domain: flags.domain }),
    ...(delayMs === undefined ? {} : { delayMs }),
    ...(flags.priority === undefined ? {} : { priority: flags.priority }),
    ...(flags.group === undefined ? {} : { groupKey: flags.group }),
    ...(flags.attempts === undefined ? {} : { maxAttempts: flags.attempts }),
  };
}

/** A word: text without spaces, or with spaces between quotes of either kind. `to="a b"` is one word. */
const WORD = /(?:[^\s"']|"[^"]*"|'[^']*')+/g;

/** `html<body`: the parameter `html` gets `body` of the previous step's value; `all<.` gets the whole value. */
const TAKEN = /^(?<name>[^=:[\]<]+)<(?<path>[^<]+)$/;

/**
 * Reads a step as it is written after `--then`: `TASK name=value name<path …`.
 * @throws CliError `usage` for a word that is neither a parameter nor a hand-over, and for a wrong hand-over ·
 * UnknownTaskError
 */
async function parseStep(text: string, app: App, sources: ParamSources): Promise<Step> {
  const [name, ...words] = splitWords(text);
  if (name === undefined) {
    throw new CliError("usage", "--then names no task.", { hint: "Write --then 'TASK name=value'." });
  }
  const task = app.tasks.get(name);
  const taken = words.map((word) => TAKEN.exec(word)?.groups);
  const assignments = words.filter((_, index) => taken[index] === undefined);
  const params = await parseParams({ assignments }, task.signature, sources);
  const takes: Record<string, string> = {};
  for (const { name: param = "", path = "" } of taken.filter((groups) => groups !== undefined)) {
    if (Object.hasOwn(takes, param)) throw takenTwice(name, param);
    if (!isTakenPath(path)) throw noPath(name, param);
    takes[param] = path;
  }
  // The start of the flow checks the names of all parameters at once.
  const open = task as Task<string, Record<string, unknown>>;
  return step(open, params, Object.keys(takes).length === 0 ? {} : { takes });
}

function noPath(task: string, param: string): CliError {
  return new CliError("usage", `--then: ${task} must take ${param} from ${TAKEN_PATH_FORM}.`, {
    hint: `Write --then '${task} ${param}<name'.`,
  });
}

function takenTwice(task: string, param: string): CliError {
  return new CliError("usage", `--then: ${task} takes ${param} twice.`, {
    hint: "Name one place of the value before it.",
  });
}

/** Splits `TASK name=value …`, the text of a flag, into words as a shell does. @throws CliError `usage` for an open quote */
function splitWords(text: string): readonly string[] {
  if (/["']/.test(text.replace(WORD, ""))) {
    throw new CliError("usage", "a quote in --then is not closed.", {
      hint: "Write --then 'TASK name=\"two words\"'.",
    });
  }
  return (text.match(WORD) ?? []).map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, "$1$2"));
}
