import type { App } from "@jobs/core";
import { routedQueue } from "@jobs/core/broker";
import type { SignatureParam } from "@jobs/core/task";

/** What the file holds of a parameter. It leaves out a schema's rules within a parameter. */
export interface LockedParam {
  readonly kind: SignatureParam["kind"];
  /** Left out for required ones. */
  readonly isOptional?: true;
  /** Values of an enum, in their order. */
  readonly values?: readonly (string | number | boolean | null)[];
}

/** What jobs in flight depend on. */
export interface LockedTask {
  /** Without prefix, with its domain. */
  readonly queue: string;
  readonly aliases?: readonly string[];
  /** By name, in alphabetical order: their order means nothing. */
  readonly params: Readonly<Record<string, LockedParam>>;
}

/** Tasks by name, in alphabetical order. */
export type LockedTasks = Readonly<Record<string, LockedTask>>;

/** The tasks of an app as they are now. */
export function lockTasks({ tasks, config }: App): LockedTasks {
  const locked = tasks.tasks.map(({ name, signature, options }): [string, LockedTask] => {
    const { queue, domain } = config.task(name);
    const aliases = [...(options.aliases ?? [])].sort();
    const params = signature.params.map((param): [string, LockedParam] => [param.name, lockParam(param)]);
    return [
      name,
      {
        queue: routedQueue(queue, domain),
        ...(aliases.length === 0 ? {} : { aliases }),
        params: sorted(params),
      },
    ];
  });
  return sorted(locked);
}

function lockParam({ kind, isOptional, values }: SignatureParam): LockedParam {
  return { kind, ...(isOptional ? { isOptional } : {}), ...(values === undefined ? {} : { values }) };
}

function sorted<Value>(entries: readonly [string, Value][]): Readonly<Record<string, Value>> {
  return Object.fromEntries(entries.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
