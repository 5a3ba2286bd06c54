import type { App } from "@jobs/core";
import type { Envelope } from "@jobs/core/broker";
import { redactParams } from "@jobs/core/task";
import { toggle } from "../base/toggle.ts";

/** Flags of commands that show parameters. */
export const PARAMS_FLAGS = {
  params: toggle({ description: "Show parameters, without those that their task redacts." }),
  secrets: toggle({ description: "Show all parameters." }),
};

/** Which parts of a job's content are shown. */
export interface ParamsView {
  /** The other systems whose bodies the app's worker reads: they are read here too. */
  readonly codecs: App["config"]["worker"]["codecs"];
  /** The parameters of a job; `undefined`: they are not shown. */
  params(job: Pick<Envelope, "task" | "params">): Envelope["params"] | undefined;
  /** Whether the text of a foreign message is shown; `label`: the name of the task from its sender. */
  isBodyShown(label: string): boolean;
}

/**
 * Parameters are shown only on request, since they may be secret (F62). Redacted ones are shown only with
 * `--secrets`. Without the app's module no task is known, so no value is redacted.
 */
export function paramsView(
  app: App,
  asked: { readonly params: boolean; readonly secrets: boolean },
): ParamsView {
  const isHiding = (name: string) => (app.tasks.find(name)?.options.redact ?? []).length > 0;
  return {
    codecs: app.config.worker.codecs,
    params({ task, params }) {
      if (asked.secrets) return params;
      return asked.params ? redactParams(app.tasks.find(task), params) : undefined;
    },
    isBodyShown: (label) => asked.secrets || (asked.params && !isHiding(label)),
  };
}
