import { relative, resolve } from "node:path";
import { type App, ConfigError } from "@jobs/core";
import type { JsonObject } from "@jobs/core/broker";
import type { ChangeParams, DeadJob } from "@jobs/core/runtime";
import { during } from "../output/exit-process.ts";
import { parseAssignments, parseParams } from "../params/parse-params.ts";
import { processSources } from "../params/read-source.ts";
import { loadModule } from "../project/load-module.ts";

/** Changes of parameters as they were written on the command line. */
export interface WrittenChange {
  /** Each as `name=value`. */
  readonly set?: readonly string[] | undefined;
  /** Names of parameters that are taken away. */
  readonly unset?: readonly string[] | undefined;
  /** The path of a module whose default export is a {@link ChangeParams}. */
  readonly map?: string | undefined;
}

/**
 * The change that the flags describe: `--unset`, then `--set`, then `--map`. `undefined` where there is none.
 * @throws CliError `usage` for an assignment that is none · ConfigError for a module that cannot be loaded
 */
export async function readChange(
  { set = [], unset = [], map }: WrittenChange,
  app: App,
): Promise<ChangeParams | undefined> {
  if (set.length === 0 && unset.length === 0 && map === undefined) return undefined;
  // What is wrong for each job is refused before anything is read.
  parseAssignments(set);
  const script = map === undefined ? undefined : await loadScript(map);
  const sources = processSources();
  const assigned = new Map<string, Promise<Record<string, unknown>>>();
  const assignedFor = (task: string) => {
    const found =
      assigned.get(task) ?? parseParams({ assignments: set }, app.tasks.find(task)?.signature, sources);
    assigned.set(task, found);
    return found;
  };
  // A wrong assignment is refused before anything is changed.
  if (set.length > 0 && app.tasks.tasks.length === 1) await assignedFor(app.tasks.tasks[0]?.name ?? "");
  return async (params, job) => {
    const kept = Object.fromEntries(Object.entries(params).filter(([name]) => !unset.includes(name)));
    const changed = set.length === 0 ? kept : { ...kept, ...(await assignedFor(job.task)) };
    return script === undefined ? changed : script(changed as JsonObject, job);
  };
}

async function loadScript(written: string): Promise<ChangeParams> {
  const path = resolve(written);
  const name = relative(process.cwd(), path);
  const { default: script } = await loadModule(path, name);
  if (typeof script === "function")
    return (params: JsonObject, job: DeadJob) =>
      during({ type: "load", name }, async () => (script as ChangeParams)(params, job));
  throw new ConfigError(`${name}: the default export is not a function.`, {
    hint: "Write export default (params, job) => ({ ...params }), and return undefined for a job to leave.",
  });
}
