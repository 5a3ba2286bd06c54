import { type App, isJobsError } from "@jobs/core";
import { peekPages, type StoredMessage } from "@jobs/core/broker";
import { optionRules, optionsCheck, required } from "@jobs/core/runtime";
import { bindParams } from "@jobs/core/task";
import type { Action, ActionAnswer } from "../api/action-types.ts";
import { type DeadKey, deadKey, READ } from "./dead-letters.ts";
import { isKnownQueue } from "./overview.ts";
import { envelopeOf } from "./stored-jobs.ts";

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
    case "removeGroup": {
      const { ids, refused } = await chooseGroup(app, action);
      const change = action.action === "retryGroup" ? redrive : remove;
      const answer = await change(app, action.queue, ids);
      return { done: answer.done, refused: [...refused, ...answer.refused].slice(0, SHOWN_REFUSALS) };
    }
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
  const { queue } = options;
  await app.schedules.set(name, {
    task,
    params,
    catchUp,
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

/** The dead letters of a group, and those of it that today's code would refuse. */
async function chooseGroup(
  app: App,
  { queue, reason, task, signature, onlyValid = false }: GroupAction,
): Promise<{ readonly ids: readonly string[]; readonly refused: ActionAnswer["refused"] }> {
  const ids: string[] = [];
  const refused: { id: string; reason: string }[] = [];
  const isMeant = (key: DeadKey) =>
    (reason === undefined || key.reason === reason) &&
    (task === undefined || key.task === task) &&
    (signature === undefined || key.signature === signature);
  // What was not read is changed by another request.
  for await (const { messages } of peekPages(await app.queue(queue), { state: "dead", ...READ })) {
    for (const message of messages.filter((one) => isMeant(deadKey(app, one)))) {
      const wrong = onlyValid ? await whyInvalid(app, message) : undefined;
      if (wrong === undefined) ids.push(message.messageId);
      else refused.push({ id: message.messageId, reason: wrong });
    }
  }
  return { ids, refused };
}

/** Why today's code would refuse the job, or `undefined`. */
async function whyInvalid(app: App, message: StoredMessage): Promise<string | undefined> {
  const envelope = envelopeOf(app, message);
  if (envelope === undefined) return "its body cannot be read.";
  const task = app.tasks.find(envelope.task);
  if (task === undefined) return `this app has no task ${envelope.task}.`;
  try {
    await bindParams(task, envelope.params, "work");
    return undefined;
  } catch (error) {
    if (isJobsError(error)) return error.message;
    throw error;
  }
}

/** The new job is stored before the old one is removed, so that a failure in between loses nothing. */
async function editAndRetry(
  app: App,
  { queue: name, id, params }: Extract<Action, { action: "editAndRetry" }>,
): Promise<ActionAnswer> {
  const queue = await app.queue(name);
  const [message] = (await queue.peek({ state: "dead", limit: 1, id })).messages;
  const envelope = message === undefined ? undefined : envelopeOf(app, message);
  if (message === undefined || envelope === undefined)
    return refusedOnly(id, message === undefined ? "it is not dead any more." : "its body cannot be read.");
  if (envelope.next !== undefined || envelope.join !== undefined)
    return refusedOnly(id, "it belongs to a flow, which waits for this id. Retry it as it is.");
  if (!queue.capabilities.remove) return refusedOnly(id, "this broker cannot remove the old one.");
  const { domain, task, maxAttempts, tags } = envelope;
  const base = domain === undefined ? name : name.slice(0, -`__${domain}`.length);
  await app.enqueueByName(task, params as never, {
    queue: base,
    priority: message.priority,
    ...(domain === undefined ? {} : { domain }),
    ...(maxAttempts === undefined ? {} : { maxAttempts }),
    ...(tags === undefined ? {} : { tags }),
  });
  await queue.remove([message.messageId]);
  return DONE;
}
