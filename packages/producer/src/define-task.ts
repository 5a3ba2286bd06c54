import type { Task, TaskOptions } from "@jobs/core";
import { makeTask, signatureOfNames, signatureOfWords } from "@jobs/core/producer";
import type { ParamNames, ParamsInput, ParamsOutput, ParamWords } from "@jobs/core/task";

/**
 * Declares a task as `defineTask` of `@jobs/core` does, with parameters in words or names. Workers take it as one of
 * theirs. Schemas are left out, since the code that reads them is large.
 * @example defineTask("resize", { file: "string", width: "integer?" }, { queue: "images" })
 * @throws ConfigError when the name, a parameter or an option cannot be used
 */
export function defineTask<const Name extends string, const Params extends ParamWords | ParamNames>(
  name: Name,
  params: Params,
  options: TaskOptions = {},
): Task<Name, ParamsInput<Params>, ParamsOutput<Params>> {
  return makeTask(name, params, options, (where, form) =>
    Array.isArray(form) ? signatureOfNames(where, form) : signatureOfWords(where, form as ParamWords),
  );
}
