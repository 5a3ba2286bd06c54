import assert from "node:assert/strict";
import type { OutgoingMessage, SendResult } from "@jobs/core/broker";
import { message as createMessage } from "../harness/scene.ts";
import { delay, expectMessage } from "./expected-message.ts";
import type { ModelRun } from "./model-run.ts";
import type { ModelStep } from "./model-step.ts";
import type { Span } from "./span.ts";

type SendStep = Extract<ModelStep, { readonly do: "send" | "sendKeyed" }>;

/** Sends messages within the declared limits, and expects that each is stored once (I3). */
export async function runSend({ model, queue }: ModelRun, step: SendStep): Promise<void> {
  const outgoing =
    step.do === "sendKeyed" ? [createMessage(`key-${step.key}`)] : freshMessages({ model, queue }, step);
  const { value: results, at } = await model.during(() => queue.send(outgoing));
  assert.equal(results.length, outgoing.length, "one result for one message");
  outgoing.forEach((message, index) => {
    const result = results[index];
    assert(result !== undefined && result.status !== "failed", "a plain message is accepted");
    follow(model, message, result, at);
  });
}

function freshMessages(
  { model }: Pick<ModelRun, "model" | "queue">,
  { count, delayTicks, priority }: Extract<SendStep, { readonly do: "send" }>,
): OutgoingMessage[] {
  const { capabilities } = model;
  const delayMs = model.ms(delayTicks);
  const isDelayed = capabilities.delay !== false && delayMs <= capabilities.delay.maxMs;
  const levels = capabilities.priority === false ? 1 : capabilities.priority.levels;
  return Array.from({ length: count }, () => ({
    ...createMessage(`job-${model.nextNumber()}`),
    delayMs: isDelayed ? delayMs : 0,
    priority: Math.min(priority, levels - 1),
  }));
}

type Accepted = Exclude<SendResult, { readonly status: "failed" }>;

function follow(model: ModelRun["model"], message: OutgoingMessage, result: Accepted, at: Span): void {
  const { dedupe } = model.capabilities;
  const stored = model.messages.get(message.id);
  const isStored = stored !== undefined && stored.state !== "done";
  if (dedupe === "while-stored" && isStored && !stored.isLoose) {
    assert.deepEqual(
      result,
      { status: "duplicate", messageId: stored.messageId },
      "I3: it is stored already",
    );
  }
  if (result.status === "duplicate") {
    assert(dedupe !== false, "a broker without dedupe knows no duplicates");
    assert(stored !== undefined && (isStored || typeof dedupe === "object"), "I3: a duplicate of something");
    return;
  }
  const taken = model.messages.get(result.messageId);
  // A broker that remembers ids for a time may answer `sent`, but with the id of the stored message.
  if (taken !== undefined && typeof dedupe === "object") return;
  assert(taken === undefined || taken.state === "done" || taken.isLoose, "I3: ids are not shared");
  const expected = expectMessage(message, result.messageId, model.nextNumber());
  const delayMs = message.delayMs ?? 0;
  delay(expected, model.deadline(at, delayMs), delayMs);
  model.messages.set(result.messageId, expected);
  model.entered++;
}
