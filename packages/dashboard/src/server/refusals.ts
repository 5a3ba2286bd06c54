import { isJobsError } from "@jobs/core";
import type { Context } from "hono";
import type { ErrorAnswer } from "../api/api-types.ts";
import { RefusedAction } from "./actions.ts";
import type { Refusal } from "./request-checks.ts";

/** For a path that does not exist. */
export const NOT_FOUND: ErrorAnswer = { error: { code: "not_found", message: "there is nothing here." } };

/** For a body that would fill the memory. */
export const TOO_LARGE: ErrorAnswer = {
  error: { code: "too_large", message: "the body is larger than 1 MiB." },
};

/** For a change by somebody who may only look. */
export const VIEW_ONLY: Refusal = {
  status: 403,
  code: "view_only",
  message: "you may look, but not change.",
};

const NOT_JSON: ErrorAnswer = { error: { code: "not_json", message: "the body is not JSON." } };
const INTERNAL: ErrorAnswer = { error: { code: "internal", message: "the dashboard failed." } };

/** HTTP statuses by the code of an error; any other is 400. */
const STATUS_OF: Readonly<Record<string, 404 | 409 | 503>> = {
  queue_not_found: 404,
  unsupported: 409,
  broker_unavailable: 503,
};

/** The state that a request names; `undefined` if it names none. @throws RefusedAction for one that does not exist */
export function readState<State extends string>(
  word: string | undefined,
  states: readonly State[],
): State | undefined {
  if (word === undefined || word === "") return undefined;
  const state = states.find((one) => one === word);
  if (state === undefined) throw new RefusedAction(`state must be one of ${states.join(", ")}.`);
  return state;
}

/** Answers a refused request. */
export function refuse(context: Context, { status, code, message }: Refusal): Response {
  const answer: ErrorAnswer = { error: { code, message } };
  return context.json(answer, status);
}

/** An error as JSON. Its stack is never shown, since it shows paths of the machine. */
export function answerError(context: Context, error: Error): Response {
  if (error instanceof SyntaxError) return context.json(NOT_JSON, 400);
  if (error instanceof RefusedAction) {
    const answer: ErrorAnswer = { error: { code: "refused", message: error.message } };
    return context.json(answer, 400);
  }
  if (!isJobsError(error)) return context.json(INTERNAL, 500);
  const { code, message, hint } = error;
  const answer: ErrorAnswer = { error: { code, message, ...(hint === undefined ? {} : { hint }) } };
  return context.json(answer, STATUS_OF[code] ?? 400);
}
