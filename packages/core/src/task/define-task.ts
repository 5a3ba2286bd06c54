import { ConfigError } from "../errors/config-errors.ts";
import { didYouMean } from "../options/did-you-mean.ts";
import { typeWord } from "../options/type-word.ts";
import { type ParamNames, type ParamWords, signatureOfNames, signatureOfWords } from "./param-words.ts";
import type { ParamsInput, ParamsOutput } from "./params-types.ts";
import { isPlainSchema, type ObjectSchema, signatureOfPlainSchema } from "./plain-schema.ts";
import { isStandardSchema, type ParamsSchema, signatureOfSchema } from "./schema-params.ts";
import type { Signature } from "./signature.ts";
import type { Task, TaskOptions } from "./task.ts";
import { checkTaskName, checkTaskOptions } from "./task-options.ts";

/** The four forms of parameters; each becomes a {@link Signature}. */
export type TaskParams = ParamWords | ParamNames | ParamsSchema | ObjectSchema;

/**
 * Declares a task: an explicit name and named parameters. It has no handler, so that producers can import it alone. The
 * contract is frozen. Two tasks may have the same name as long as they are in different apps.
 * @example defineTask("resize", { file: "string", width: "integer?" }, { queue: "images" })
 * @throws ConfigError when the name, a parameter or an option cannot be used.
 */
export function defineTask<const Name extends string, const Params extends TaskParams>(
  name: Name,
  params: Params,
  options: TaskOptions = {},
): Task<Name, ParamsInput<Params>, ParamsOutput<Params>> {
  checkTaskName(name, "defineTask");
  const where = `task "${name}"`;
  const signature = readParams(where, params);
  const checked = checkTaskOptions(where, options);
  checkRedact(where, checked.redact ?? [], signature);
  return Object.freeze({ name, signature, options: checked });
}

/** A wrong name would show a value that should be hidden. @throws ConfigError */
function checkRedact(where: string, redact: readonly string[], { params }: Signature): void {
  const known = params.map(({ name }) => name);
  const unknown = redact.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const meant = didYouMean(unknown, known);
  throw new ConfigError(`${where}: redact names "${unknown}", which is no parameter.`, {
    hint: meant === undefined ? `Known: ${known.join(", ")}.` : `Did you mean "${meant}"?`,
  });
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
