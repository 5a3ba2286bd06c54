import assert from "node:assert/strict";
import { runPause, runRedrive } from "./admin-step.ts";
import type { ModelRun } from "./model-run.ts";
import { runReceive } from "./receive-step.ts";

/** After this many empty receives a broker without order counts as empty. */
const EMPTY_ANSWERS = 3;
const MANY = 1000;

/** The longest delay or lease of a step: after it even a message in an unknown state, or with a shared lease, is ready. */
const LONGEST_TICKS = 20;

/** Receives and acks all messages: at the end every accepted message is done (I3), and the storage is empty (I10). */
export async function drain(run: ModelRun): Promise<void> {
  const { model, harness } = run;
  if (model.isPaused) await runPause(run, false);
  await passAllDeadlines(run);
  await ackAll(run);
  if (model.capabilities.redrive) {
    await runRedrive(run, MANY);
    await ackAll(run);
  }
  const waiting = [...model.messages.values()].filter(
    ({ state, isLoose, mayBePurged }) => !isLoose && !mayBePurged && state !== "done",
  );
  const lost = waiting.filter(({ state }) => state !== "dead" || model.capabilities.redrive);
  assert.deepEqual(
    lost.map(({ messageId }) => messageId),
    [],
    "I3: every message sent is delivered until it is done",
  );
  if (waiting.length === 0)
    assert.deepEqual(await harness.leftovers(), [], "I10: nothing is left in storage");
}

async function passAllDeadlines({ model, harness }: ModelRun): Promise<void> {
  const { time, capabilities } = harness;
  const now = time.clock.monotonic();
  const waiting = [...model.messages.values()].filter(
    ({ state }) => state === "delayed" || state === "leased",
  );
  const isAnyLoose = [...model.messages.values()].some(({ isLoose }) => isLoose);
  const last = waiting.reduce(
    (latest, { until }) => Math.max(latest, until.to),
    isAnyLoose || model.sharesLeases ? now + model.ms(LONGEST_TICKS) : now,
  );
  await time.pass(last - now + capabilities.recoveryMs + time.slackMs);
}

async function ackAll(run: ModelRun): Promise<void> {
  const { model } = run;
  const process = run.process(0);
  for (let empty = 0; empty < EMPTY_ANSWERS; ) {
    const deliveries = await runReceive({ model, process }, 10);
    if (deliveries.length === 0) empty++;
    const settlements = deliveries.map((delivery) => ({ delivery, action: "ack" as const }));
    const results = await process.consumer.settle(settlements);
    assert(
      results.every(({ status }) => status === "settled"),
      "a held lease can be acked",
    );
    for (const { messageId } of deliveries) {
      const message = model.messages.get(messageId);
      if (message !== undefined) message.state = "done";
    }
  }
}
