import { type App, type Step, step, type Task } from "@jobs/core";
import { CliError } from "../output/cli-error.ts";
import { parseParams } from "../params/parse-params.ts";
import type { ParamSources } from "../params/read-source.ts";

/** Text without spaces, or between quotes of either kind: `to="a b"` is one word. */
const WORD = /(?:[^\s"']|"[^"]*"|'[^']*')+/g;

/** `html<body`: the parameter `html` gets `body` of the previous step's value; `all<.` gets the whole value. */
const TAKEN = /^(?<name>[^=:[\]<]+)<(?<path>[^<]+)$/;

/**
 * Reads a step as it is written after `--then`: `TASK name=value name<path …`.
 * @throws CliError `usage` for what is neither parameter nor hand-over · UnknownTaskError
 */
export async function parseStep(text: string, app: App, sources: ParamSources): Promise<Step> {
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
    takes[param] = path;
  }
  // What the names are is checked where the flow is started, all of it at once.
  const open = task as Task<string, Record<string, unknown>>;
  return step(open, params, Object.keys(takes).length === 0 ? {} : { takes });
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
