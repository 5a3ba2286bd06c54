import assert from "node:assert/strict";
import { isJobsError, type Task } from "@jobs/core";
import { describeThrown } from "@jobs/core/runtime";
import { bindJob, type JobParams, type OldForm } from "@jobs/core/task";
import { generateValues } from "./generate-payloads.ts";

/** The content of `jobs.lock.json`. */
export type TaskLock = Readonly<Record<string, unknown>>;

/** A check of one earlier version. */
export interface VersionCheck {
  readonly title: string;
  prove(): Promise<void>;
}

/** Where old parameters come from. */
export interface OldParams {
  readonly lock?: TaskLock | undefined;
  /** Parameters by `task@version`, for schemas that refuse generated ones. */
  readonly samples: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** One check for each earlier version of a task. */
export function versionChecks(task: Task, source: OldParams): readonly VersionCheck[] {
  return (task.versions?.old ?? []).map((form) => ({
    title: `jobs of version ${form.version} of ${task.name} fit today's`,
    prove: () => proveVersion(task, form, source),
  }));
}

async function proveVersion(task: Task, form: OldForm, { lock, samples }: OldParams): Promise<void> {
  const { version, signature } = form;
  const key = `${task.name}@${version}`;
  const sample = samples[key];
  const { values, isExact } = generateValues(lockedSchema(lock, task.name, version) ?? schemaOf(form));
  const known = sample === undefined ? { values, isExact } : { values: [sample], isExact: true };
  let proven = 0;
  for (const params of known.values) {
    const job = {
      params: params as JobParams["params"],
      sig: signature.fingerprint,
      ...(version === 1 ? {} : { taskVersion: version }),
    };
    const refusal = await refusalOf(task, job);
    if (refusal === undefined) proven++;
    // Rules in code may refuse a generated payload, which says nothing about the steps.
    else if (refusal.isStep || known.isExact)
      assert.fail(`${key}: ${refusal.message} The job was ${JSON.stringify(params)}.`);
  }
  assert.ok(
    proven > 0,
    `${key}: no parameters of it could be generated. Pass some: samples: { "${key}": { … } }.`,
  );
}

interface Refusal {
  readonly message: string;
  readonly isStep: boolean;
}

async function refusalOf(task: Task, job: JobParams): Promise<Refusal | undefined> {
  try {
    await bindJob(task, job);
    return undefined;
  } catch (error) {
    if (!isJobsError(error)) throw error;
    const isStep = "step" in error && error.step !== undefined;
    const cause = isStep && error.cause !== undefined ? ` (${describeThrown(error.cause)})` : "";
    return { message: `${error.message}${cause}`, isStep };
  }
}

/** The schema of a version as it was locked: today's of the lock, or one of its earlier ones. */
function lockedSchema(lock: TaskLock | undefined, name: string, version: number): unknown {
  const task = inside(inside(lock, "tasks"), name);
  const form =
    (inside(task, "version") ?? 1) === version ? task : inside(inside(task, "from"), String(version));
  return inside(form, "params");
}

function inside(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}

function schemaOf({ signature: { schema } }: OldForm): unknown {
  if (!("~standard" in schema)) return schema;
  const describer = inside(schema["~standard"], "jsonSchema") as
    | { readonly input: (options: object) => unknown }
    | undefined;
  return describer?.input({ target: "draft-2020-12" });
}
