import assert from "node:assert/strict";
import { isJobsError } from "@jobs/core";
import { assertRejects } from "../harness/refusal.ts";
import type { ExpectedMessage } from "./expected-message.ts";
import type { ModelRun } from "./model-run.ts";
import type { QueueModel } from "./queue-model.ts";
import type { Span } from "./span.ts";

/** Puts dead letters back, the oldest first, with counters that start at zero. */
export async function runRedrive({ model, queue }: ModelRun, limit: number): Promise<void> {
  if (!model.capabilities.redrive) return assertRejects(queue.redrive({ limit }), { unsupported: "redrive" });
  const { value, at } = await model.during(() => queue.redrive({ limit }));
  const { min, max } = model.count("dead", at);
  assert(
    value.moved >= Math.min(limit, min) && value.moved <= Math.min(limit, max),
    "as many as there are, up to limit",
  );
  model.entered += value.moved;
  const dead = [...model.messages.values()]
    .filter(({ state }) => state === "dead")
    .sort((one, other) => one.diedAs - other.diedAs);
  // Without a declared order the model cannot know which of more than `limit` messages were moved.
  const isAnyChoice = model.capabilities.order !== "fifo" && limit < max;
  if (max > min || isAnyChoice) {
    for (const message of dead) message.isLoose = true;
    return;
  }
  for (const message of dead.slice(0, limit)) {
    Object.assign(message, {
      state: "ready",
      line: "back",
      deliveries: 0,
      failures: 0,
      crashes: 0,
      crashed: undefined,
    });
  }
}

/** Removes a message, in whatever state it is. */
export async function runRemove({ model, queue }: ModelRun, pick: number): Promise<void> {
  const ids = [...model.messages.keys()];
  const id = ids[pick % Math.max(1, ids.length)] ?? "never-sent";
  if (!model.capabilities.remove) return assertRejects(queue.remove([id]), { unsupported: "remove" });
  const { value: results, at } = await model.during(() => queue.remove([id]));
  assert.equal(results.length, 1, "one result for one id");
  const { status } = results[0]!;
  const message = model.messages.get(id);
  if (message === undefined || !message.isLoose)
    assert(removals(model, message, at).includes(status), `not ${status}`);
  if (message !== undefined && status !== "leased") message.state = "done";
}

function removals(model: QueueModel, message: ExpectedMessage | undefined, at: Span): readonly string[] {
  if (message === undefined || message.state === "done") return ["not_found"];
  if (message.state !== "leased") return ["removed"];
  const isOver = model.deliverable(message, at);
  if (isOver === "maybe") return ["removed", "leased"];
  return isOver === "yes" ? ["removed"] : ["leased"];
}

/** Purges: removes ready and delayed messages. Dead ones stay, and leased ones too unless the purge is eventual. */
export async function runPurge({ model, queue }: ModelRun): Promise<void> {
  const { purge } = model.capabilities;
  if (purge === false) return assertRejects(queue.purge(), { unsupported: "purge" });
  const { value, at } = await model.during(() => queue.purge().catch((error: unknown) => error));
  // A purge that still runs may prevent the next one.
  if (value !== undefined) return assert(purge === "eventual" && isJobsError(value, "broker_unavailable"));
  for (const message of model.messages.values()) {
    if (message.state === "dead" || message.state === "done") continue;
    const isReady = model.deliverable(message, at);
    if (message.state === "leased" && isReady === "no" && purge !== "eventual") continue;
    if (purge === "eventual") message.mayBePurged = model.sharesLeases;
    if (purge === "eventual" || isReady === "maybe") message.isLoose = true;
    else message.state = "done";
  }
}

/** Pauses or resumes. */
export async function runPause({ model, queue }: ModelRun, isPaused: boolean): Promise<void> {
  const call = isPaused ? () => queue.pause() : () => queue.resume();
  if (!model.capabilities.pause) return assertRejects(call(), { unsupported: "pause" });
  await call();
  model.isPaused = isPaused;
}

/** I9: the counts are the same as the model's, as exactly as declared. */
export async function assertStats({ model, queue }: ModelRun): Promise<void> {
  const { value: stats, at } = await model.during(() => queue.stats());
  assert.equal(stats.isPaused, model.isPaused, "I9: paused");
  if (model.capabilities.stats !== "exact") return;
  if (stats.entered.n !== null) assert.equal(stats.entered.n, model.entered, "I9: entered");
  for (const state of ["ready", "delayed", "leased", "dead"] as const) {
    const { min, max } = model.count(state, at);
    const n = stats[state].n ?? Number.NaN;
    assert(n >= min && n <= max, `I9: ${n} ${state}, expected ${min === max ? min : `${min} to ${max}`}`);
  }
}
