import { type App, isJobsError } from "@jobs/core";
import { peekPages } from "@jobs/core/broker";
import {
  deadKey,
  fitsFilter,
  optionRules,
  optionsCheck,
  required,
  retryDeadLetters,
} from "@jobs/core/runtime";
import type { Action, ActionAnswer } from "../api/action-types.ts";
import { READ } from "./dead-letters.ts";
import { isKnownQueue } from "./overview.ts";

/** Somebody asked for what cannot be done as asked. The text is for the person. */
export class RefusedAction extends Error {}

/** Refusals that an answer names. */
const SHOWN_REFUSALS = 100;

const { boolean, listOf, nested, number, object, text } = optionRules;
const QUEUE = required(text);
const IDS = required(listOf("ids of jobs", text));
const GROUP = {
  action: required(text),
  queue: QUEUE,
  reason: text,
  task: text,
  signature: text,
  onlyValid: boolean,
};

type CheckAction = (action: never, where: string) => void;

/** What each action must have. */
const CHECKS: Readonly<Record<Action["action"], CheckAction>> = {
  retry: optionsCheck({ action: required(text), queue: QUEUE, ids: IDS }),
  remove: optionsCheck({ action: required(text), queue: QUEUE, ids: IDS }),
  retryGroup: optionsCheck(GROUP),
  removeGroup: optionsCheck(GROUP),
  editAndRetry: optionsCheck({
    action: required(text),
    queue: QUEUE,
    id: required(text),
    params: required(object),
  }),
  cancel: optionsCheck({ action: required(text), id: required(text) }),
  pauseQueue: optionsCheck({ action: required(text), queue: QUEUE }),
  resumeQueue: optionsCheck({ action: required(text), queue: QUEUE }),
  purgeQueue: optionsCheck({ action: required(text), queue: QUEUE }),
  runSchedule: optionsCheck({ action: required(text), schedule: required(text) }),
  pauseSchedule: optionsCheck({ action: required(text), schedule: required(text) }),
  resumeSchedule: optionsCheck({ action: required(text), schedule: required(text) }),
  removeSchedule: optionsCheck({ action: required(text), schedule: required(text) }),
  editSchedule: optionsCheck({
    action: required(text),
    schedule: required(text),
    cadence: required(nested(optionsCheck({ cron: text, timeZone: text, everyMs: number }))),
  }),
};

/** @throws RefusedAction naming what is missing or wrong */
export function readAction(app: App, body: unknown): Action {
  const name = typeof body === "object" && body !== null && "action" in body ? body.action : undefined;
  if (typeof name !== "string" || !Object.hasOwn(CHECKS, name))
    throw new RefusedAction("there is no such action.");
  try {
    CHECKS[name as Action["action"]](body as never, name);
  } catch (error) {
    throw isJobsError(error) ? new RefusedAction(error.message) : error;
  }
  const action = body as Action;
  if ("queue" in action && !isKnownQueue(app, action.queue))
    throw new RefusedAction(`this app has no queue ${JSON.stringify(action.queue.slice(0, 80))}.`);
  return action;
}

/** What an action is done to, for the audit log: never parameters. */
export function targetOf(action: Action): string {
  if ("schedule" in action) return action.schedule;
  if (action.action === "cancel") return action.id;
  if ("ids" in action)
    return `${action.queue}: ${action.ids.slice(0, 5).join(", ")}${action.ids.length > 5 ? ", …" : ""}`;
  if ("id" in action) return `${action.queue}: ${action.id}`;
  const parts = ["reason", "task", "signature"].flatMap((key) => {
    const value = (action as Record<string, unknown>)[key];
    return value === undefined ? [] : [`${key} ${String(value)}`];
  });
  return [action.queue, ...parts].join(", ");
}

/** Does it. @throws what the app or its broker throws, such as UnsupportedError */
export async function runAction(app: App, action: Action): Promise<ActionAnswer> {
  switch (action.action) {
    case "retry":
      return redrive(app, action.queue, action.ids);
    case "remove":
      return remove(app, action.queue, action.ids);
    case "retryGroup":
      return retryGroup(app, action);
    case "removeGroup":
      return remove(app, action.queue, await idsOfGroup(app, action));
    case "editAndRetry":
      return editAndRetry(app, action);
    case "cancel": {
      const { status } = await app.cancel(action.id);
      return status === "not_found" ? refusedOnly(action.id, "there is no such job.") : DONE;
    }
    case "pauseQueue":
      return done(app.pause(action.queue));
    case "resumeQueue":
      return done(app.resume(action.queue));
    case "purgeQueue":
      return done((await app.queue(action.queue)).purge());
    case "runSchedule":
      return done(app.schedules.run(action.schedule));
    case "pauseSchedule":
      return done(app.schedules.pause(action.schedule));
    case "resumeSchedule":
      return done(app.schedules.resume(action.schedule));
    case "removeSchedule":
      return done(app.schedules.remove(action.schedule));
    case "editSchedule":
      return editSchedule(app, action);
  }
}

const DONE: ActionAnswer = { done: 1, refused: [] };

async function done(change: Promise<unknown>): Promise<ActionAnswer> {
  await change;
  return DONE;
}

function refusedOnly(id: string, reason: string): ActionAnswer {
  return { done: 0, refused: [{ id, reason }] };
}

async function editSchedule(
  app: App,
  { schedule: name, cadence }: Extract<Action, { action: "editSchedule" }>,
): Promise<ActionAnswer> {
  const known = (await app.schedules.list()).find(({ schedule }) => schedule.name === name);
  if (known === undefined || !known.isStored)
    return refusedOnly(name, "only schedules made at run time can be edited.");
  const { task, params, catchUp, options } = known.schedule;
  const { queue, ...jobs } = options;
  await app.schedules.set(name, {
    task,
    params,
    catchUp,
    options: jobs,
    ...cadence,
    ...(queue === undefined ? {} : { queue }),
  });
  return DONE;
}

async function redrive(app: App, name: string, ids: readonly string[]): Promise<ActionAnswer> {
  if (ids.length === 0) return { done: 0, refused: [] };
  const { moved } = await (await app.queue(name)).redrive({ ids, limit: ids.length });
  const missing = ids.length - moved;
  return {
    done: moved,
    refused: missing === 0 ? [] : [{ id: name, reason: `${missing} of them are not dead any more.` }],
  };
}

async function remove(app: App, name: string, ids: readonly string[]): Promise<ActionAnswer> {
  if (ids.length === 0) return { done: 0, refused: [] };
  const removed = await (await app.queue(name)).remove(ids);
  const refused = removed
    .filter(({ status }) => status !== "removed")
    .map(({ id, status }) => ({
      id,
      reason: status === "leased" ? "a worker runs it." : "there is no such job.",
    }));
  return { done: removed.length - refused.length, refused: refused.slice(0, SHOWN_REFUSALS) };
}

type GroupAction = Extract<Action, { action: "retryGroup" | "removeGroup" }>;

/** Puts back a group: with `onlyValid`, without those that today's code would refuse. */
async function retryGroup(
  app: App,
  { queue, reason, task, signature, onlyValid = false }: GroupAction,
): Promise<ActionAnswer> {
  const filter = { reason, task, signature };
  const limit = READ.limit;
  let done = 0;
  const refused: { id: string; reason: string }[] = [];
  for await (const step of retryDeadLetters(app, queue, { filter, limit, isUnchecked: !onlyValid })) {
    done += step.moved;
    refused.push(...step.unfit.map(({ id, message }) => ({ id, reason: message })));
    const gone = step.fit - step.moved;
    if (gone > 0) refused.push({ id: queue, reason: `${gone} of them are not dead any more.` });
  }
  return { done, refused: refused.slice(0, SHOWN_REFUSALS) };
}

/** The dead letters of a group. What was not read is changed by another request. */
async function idsOfGroup(
  app: App,
  { queue, reason, task, signature }: GroupAction,
): Promise<readonly string[]> {
  const ids: string[] = [];
  const filter = { reason, task, signature };
  for await (const { messages } of peekPages(await app.queue(queue), { state: "dead", ...READ }))
    ids.push(
      ...messages.filter((one) => fitsFilter(deadKey(one, app), filter)).map(({ messageId }) => messageId),
    );
  return ids;
}

/** The job keeps its id, so a flow that waits for it goes on. */
async function editAndRetry(
  app: App,
  { queue, id, params }: Extract<Action, { action: "editAndRetry" }>,
): Promise<ActionAnswer> {
  for await (const { moved, unfit } of retryDeadLetters(app, queue, { ids: [id], change: () => params })) {
    const [wrong] = unfit;
    if (wrong !== undefined) throw new RefusedAction(wrong.message);
    if (moved > 0) return DONE;
  }
  return refusedOnly(id, "it is not dead any more.");
}
