import { ConfigError } from "../errors/config-errors.ts";
import { typeWord } from "../options/type-word.ts";
import { makeTask } from "./make-task.ts";
import { type ParamWords, signatureOfNames, signatureOfWords } from "./param-words.ts";
import type { ParamsInput, ParamsOutput, TaskParams } from "./params-types.ts";
import { isPlainSchema, signatureOfPlainSchema } from "./plain-schema.ts";
import { isStandardSchema, signatureOfSchema } from "./schema-params.ts";
import type { Signature } from "./signature.ts";
import type { Task, TaskOptions } from "./task.ts";
import type { Upcasts, VersionOptions } from "./upcast.ts";

/**
 * Declares a task: an explicit name and named parameters. It has no handler, so that producers can import it alone. The
 * contract is frozen. Two tasks may have the same name as long as they are in different apps. With `version`, `from` and
 * `to` workers also run jobs of earlier versions; the compiler checks each step between two versions.
 * @example defineTask("resize", { file: "string", width: "integer?" }, { queue: "images" })
 * @throws ConfigError when the name, a parameter or an option cannot be used.
 */
export function defineTask<
  const Name extends string,
  const Params extends TaskParams,
  const Version extends number = number,
  const From extends Upcasts = Record<never, never>,
>(
  name: Name,
  params: Params,
  options: Omit<TaskOptions, "version" | "from" | "to"> & VersionOptions<Params, Version, From> = {},
): Task<Name, ParamsInput<Params>, ParamsOutput<Params>> {
  return makeTask(name, params, options as TaskOptions, readParams);
}

function readParams(where: string, params: unknown): Signature {
  if (isStandardSchema(params)) return signatureOfSchema(where, params);
  if (Array.isArray(params)) return signatureOfNames(where, params);
  if (typeof params === "object" && params !== null) {
    if (isPlainSchema(params)) return signatureOfPlainSchema(where, params);
    return signatureOfWords(where, params as ParamWords);
  }
  throw new ConfigError(`${where}: parameters must be words, names or a schema, got ${typeWord(params)}.`, {
    hint: 'Write { a: "number", b: "integer?" }, ["file", "dry_run?"] or z.object({ … }).',
  });
}
