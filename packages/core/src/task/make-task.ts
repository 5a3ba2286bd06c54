import { ConfigError } from "../errors/config-errors.ts";
import { didYouMean } from "../options/did-you-mean.ts";
import type { Signature } from "./signature.ts";
import type { Task, TaskOptions } from "./task.ts";
import { checkTaskName, checkTaskOptions } from "./task-options.ts";

/**
 * Makes a frozen task. `readSignature` reads its parameters in any form; it gets the words that name the task in an error.
 * @throws ConfigError when the name or an option cannot be used, and what `readSignature` throws
 */
export function makeTask<const Name extends string, Input, Output>(
  name: Name,
  options: TaskOptions,
  readSignature: (where: string) => Signature,
): Task<Name, Input, Output> {
  checkTaskName(name, "defineTask");
  const where = `task "${name}"`;
  const signature = readSignature(where);
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
