import type { App } from "@jobs/core";
import type { Envelope, JobRecord, MessageState, NextStep } from "@jobs/core/broker";
import { derivedId } from "@jobs/core/runtime";
import type { Limit } from "../api/api-types.ts";
import { isKnownQueue } from "./overview.ts";
import { canPeek, envelopeOf, STATES } from "./stored-jobs.ts";

/** Jobs of a flow whose messages are read: each is a request, and jobs of one group say the same. */
const MOST_READ = 50;

/** Steps of a flow that are sent later, as far as stored jobs name them. */
export interface LaterSteps {
  /** The names of their tasks, by the ids that they will have. */
  readonly tasks: ReadonlyMap<string, string>;
  /** Set where some stored jobs could not be read. */
  readonly hidden: Limit | null;
}

/** The states in which a job of the history may be stored, the likeliest first; none for one that is done. */
const STORED_AS: Readonly<Partial<Record<JobRecord["state"], readonly MessageState[]>>> = {
  succeeded: [],
  cancelled: [],
  dead: ["dead"],
  started: ["leased", "ready", "delayed"],
};

/** Reads the messages of a flow's jobs that are not done: each has all later steps of its line in it. */
export async function readLaterSteps(app: App, jobs: readonly JobRecord[]): Promise<LaterSteps> {
  const tasks = new Map<string, string>();
  const unread = new Set<string>();
  const open = jobs.filter(({ state }) => statesOf(state).length > 0).slice(0, MOST_READ);
  for (const job of open) {
    const found = await readEnvelopeOf(app, job);
    if (found === "hidden") unread.add(job.queue);
    else if (found !== undefined) addSteps(tasks, found);
  }
  return { tasks, hidden: unread.size === 0 ? null : hiddenIn([...unread]) };
}

function statesOf(state: JobRecord["state"]): readonly MessageState[] {
  return STORED_AS[state] ?? STATES;
}

/** `hidden`: its queue does not show it. */
async function readEnvelopeOf(
  app: App,
  { id, queue: name, state }: JobRecord,
): Promise<Envelope | "hidden" | undefined> {
  if (!isKnownQueue(app, name)) return "hidden";
  const queue = await app.queue(name);
  for (const one of statesOf(state)) {
    if (!canPeek(queue, one)) return "hidden";
    const [message] = (await queue.peek({ state: one, limit: 1, id })).messages;
    if (message !== undefined) return envelopeOf(app, message);
  }
  return undefined;
}

/** The rest of the job's line, and what follows each group that the line is in. */
function addSteps(tasks: Map<string, string>, { id, next = [], join }: Envelope): void {
  addLine(tasks, next, idAfter(id));
  for (let group = join; group !== undefined; group = group.join)
    addLine(tasks, group.next, idAfter(group.id));
}

function addLine(tasks: Map<string, string>, steps: readonly NextStep[], first: string): void {
  let id = first;
  for (const step of steps) {
    if ("group" in step) {
      for (const [index, line] of step.group.entries()) addLine(tasks, line, derivedId(id, String(index)));
    } else tasks.set(id, step.task);
    id = idAfter(id);
  }
}

/** The id of the step after a job or group. */
export function idAfter(id: string): string {
  return derivedId(id, "then");
}

function hiddenIn(queues: readonly string[]): Limit {
  return {
    feature: "later steps",
    why: `Steps that are not sent yet are in the jobs before them, which ${queues.join(", ")} does not show.`,
    needs: "They appear when they are sent. A broker whose stored jobs can be read shows them before.",
  };
}
