import assert from "node:assert/strict";
import type { OutgoingMessage, SendResult } from "@jobs/core/broker";
import { message as createMessage } from "../harness/scene.ts";
import { delay, type ExpectedMessage, expectMessage } from "./expected-message.ts";
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
  const siblings: ExpectedMessage[] = [];
  outgoing.forEach((message, index) => {
    const result = results[index];
    assert(result !== undefined && result.status !== "failed", "a plain message is accepted");
    const expected = follow(model, message, { result, siblings, at });
    if (expected !== undefined) siblings.push(expected);
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

interface FollowedSend {
  readonly result: Accepted;
  /** The messages of this send; more are added. */
  readonly siblings: readonly ExpectedMessage[];
  readonly at: Span;
}

/** Returns what the model expects of the message, if it was stored. */
function follow(
  model: ModelRun["model"],
  message: OutgoingMessage,
  { result, siblings, at }: FollowedSend,
): ExpectedMessage | undefined {
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
    return undefined;
  }
  const taken = model.messages.get(result.messageId);
  // A broker that remembers ids for a time may answer `sent`, but with the id of the stored message.
  if (taken !== undefined && typeof dedupe === "object") return undefined;
  assert(taken === undefined || taken.state === "done" || taken.isLoose, "I3: ids are not shared");
  const { messageId } = result;
  const expected = expectMessage(message, { messageId, sentAs: model.nextNumber(), siblings });
  const delayMs = message.delayMs ?? 0;
  delay(expected, model.deadline(at, delayMs), delayMs);
  model.messages.set(messageId, expected);
  model.entered++;
  return expected;
}
