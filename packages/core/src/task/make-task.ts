import { ConfigError } from "../errors/config-errors.ts";
import { didYouMean } from "../options/did-you-mean.ts";
import type { TaskVersions } from "./params-form.ts";
import type { Signature } from "./signature.ts";
import type { Task, TaskOptions } from "./task.ts";
import { checkTaskName, checkTaskOptions } from "./task-options.ts";
import { type ReadSignature, readVersions } from "./task-versions.ts";

/**
 * Makes a frozen task. `read` makes a signature of parameters in any form, today's and earlier ones.
 * @throws ConfigError when the name or an option cannot be used, and what `read` throws
 */
export function makeTask<const Name extends string, Input, Output>(
  name: Name,
  params: unknown,
  options: TaskOptions,
  read: ReadSignature,
): Task<Name, Input, Output> {
  checkTaskName(name, "defineTask");
  const where = `task "${name}"`;
  const signature = read(where, params);
  const checked = checkTaskOptions(where, options);
  const versions = readVersions(name, checked, read);
  const redact = hiddenNames(where, checked.redact ?? [], signature, versions);
  return Object.freeze({
    name,
    signature,
    options: redact.length === 0 ? checked : Object.freeze({ ...checked, redact }),
    ...(versions === undefined ? undefined : { versions }),
  });
}

/**
 * The names to hide. A task that hides a value also hides each name that only earlier versions have, since the same
 * value may have had another name.
 * @throws ConfigError for a name of no version: it would show a value that should be hidden
 */
function hiddenNames(
  where: string,
  redact: readonly string[],
  signature: Signature,
  versions: TaskVersions | undefined,
): readonly string[] {
  if (redact.length === 0) return redact;
  const namesOf = ({ params }: Signature) => params.map(({ name }) => name);
  const today = namesOf(signature);
  const earlier = (versions?.old ?? []).flatMap((old) => namesOf(old.signature));
  checkRedact(where, redact, [...today, ...earlier]);
  return Object.freeze([...new Set([...redact, ...earlier.filter((name) => !today.includes(name))])]);
}

/** @throws ConfigError */
function checkRedact(where: string, redact: readonly string[], known: readonly string[]): void {
  const unknown = redact.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const meant = didYouMean(unknown, known);
  throw new ConfigError(`${where}: redact names "${unknown}", which is no parameter.`, {
    hint: meant === undefined ? `Known: ${known.join(", ")}.` : `Did you mean "${meant}"?`,
  });
}
