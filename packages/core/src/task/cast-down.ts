import type { JsonObject } from "../envelope/envelope.ts";
import { ConfigError } from "../errors/config-errors.ts";
import { checkCast } from "./bind-params.ts";
import type { OldForm } from "./params-form.ts";
import type { Task } from "./task.ts";

/** Parameters in an earlier form, for the envelope. */
export interface OlderParams {
  readonly form: OldForm;
  readonly input: JsonObject;
}

/**
 * Casts checked parameters of today to an earlier version, step by step. Each result is checked by its form.
 * @throws ConfigError for a version without a step to it · SignatureError naming the step that failed
 */
export async function castDown(task: Task, params: JsonObject, version: number): Promise<OlderParams> {
  const { version: current = 1 } = task.options;
  const forms = (task.versions?.old ?? []).filter((old) => old.version >= version);
  const form = forms.at(-1);
  if (form?.version !== version || forms.some(({ down }) => down === undefined)) {
    throw noStepDown(task, version, current);
  }
  let input = params;
  for (const target of forms) {
    const step = { from: target.version + 1, to: target.version };
    const from = input;
    const bound = await checkCast({ step, target, phase: "enqueue", run: () => target.down?.(from) });
    ({ input } = bound);
  }
  return { form, input };
}

function noStepDown({ name }: Task, version: number, current: number): ConfigError {
  return new ConfigError(`task "${name}" cannot be sent as version ${version}.`, {
    hint:
      version > current
        ? `Send version ${current}, which is today's, or an earlier one.`
        : `Declare each step from version ${current} down to ${version} in to, and their parameters in from.`,
  });
}
