import assert from "node:assert/strict";
import { MAX_DELAY_MS } from "@jobs/core/runtime";
import type { Clause } from "../clause.ts";
import { assertRefused } from "../harness/refusal.ts";
import { message, nameOf, type Scene } from "../harness/scene.ts";
import { both, unlessDelay, unlessFifo } from "./conditions.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Just over the limits of SQS for a send and for a visibility timeout, and far over a 32-bit timer. */
const LONG_DELAYS = [SECOND, 15 * MINUTE + 1, 12 * HOUR + 1, 30 * DAY];

/** Chapter D. */
export const delayClauses: readonly Clause[] = [
  {
    id: "D1",
    rule: "A message without a delay, or with delay 0, is ready at once.",
    source: "OutgoingMessage.delayMs",
    async check(scene) {
      await scene.send(["none"]);
      await scene.send(["zero"], { delayMs: 0 });
      await scene.take(2);
    },
  },
  {
    id: "D2",
    rule: "A delayed message is never delivered before it is due, and becomes ready when it is due.",
    source: "OutgoingMessage.delayMs, fault F43",
    unless: unlessDelay,
    async check(scene) {
      await scene.send(["later"], { delayMs: 4 * scene.time.tickMs });
      await scene.send(["now"]);
      assert.equal(nameOf(await scene.takeOne()), "now", "it overtakes the delayed one");
      await scene.expectNothing("not due");
      await scene.pass(3);
      await scene.expectNothing("still not due");
      await passDue(scene, scene.time.tickMs);
      assert.equal(nameOf(await scene.takeOne()), "later");
    },
  },
  {
    id: "D3",
    rule: "A delay that is negative, NaN, infinite or longer than 100 years is refused.",
    source: "fault F43",
    async check(scene) {
      const delays = [
        -1,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        Number.NEGATIVE_INFINITY,
        MAX_DELAY_MS + 1,
        1e300,
      ];
      const results = await scene.queue.send(
        delays.map((delayMs, index) => ({ ...message(`bad-${index}`), delayMs })),
      );
      for (const result of results) assertRefused(result, "invalid_config");
      await scene.expectNothing("nothing was sent");
    },
  },
  {
    id: "D4",
    rule: "Delays from a second to 30 days are kept within the resolution, or refused if they are longer than declared.",
    source: "Capabilities.delay, fault F43",
    unless: unlessDelay,
    async check(scene) {
      for (const delayMs of LONG_DELAYS) await checkLongDelay(scene, delayMs);
    },
  },
  {
    id: "D5",
    rule: "Delayed messages become ready in the order of their due times.",
    source: "Capabilities.order",
    unless: both(unlessFifo, unlessDelay),
    async check(scene) {
      for (const ticks of [6, 2, 4])
        await scene.send([`tick-${ticks}`], { delayMs: ticks * scene.time.tickMs });
      await scene.pass(8);
      const taken = await scene.take(3);
      assert.deepEqual(taken.map(nameOf), ["tick-2", "tick-4", "tick-6"]);
    },
  },
  {
    id: "D6",
    rule: "A delay belongs to the message: it is the same for a process that starts later.",
    source: "OutgoingMessage.delayMs",
    unless: unlessDelay,
    async check(scene) {
      await scene.send(["later"], { delayMs: 6 * scene.time.tickMs });
      const other = await scene.anotherProcess();
      await other.expectNothing("not due");
      await scene.pass(3);
      await other.expectNothing("still not due");
      await passDue(scene, 3 * scene.time.tickMs);
      await other.takeOne();
    },
  },
];

/** Waits for a due time that is `ms` away, and for all the time that the broker's resolution allows. */
function passDue({ time, capabilities }: Scene, ms: number): Promise<void> {
  return time.pass(ms + capabilities.resolutionMs + time.slackMs);
}

async function checkLongDelay(scene: Scene, delayMs: number): Promise<void> {
  const { capabilities, queue, time } = scene;
  const [result] = await queue.send([{ ...message(`delay-${delayMs}`), delayMs }]);
  if (capabilities.delay === false || delayMs > capabilities.delay.maxMs)
    return assertRefused(result, { unsupported: "delay" });
  assert.equal(result?.status, "sent");
  await scene.expectNothing("not due");
  // A test cannot wait for 30 days of real time, so it checks the delay that the broker reports.
  if (time.slackMs > 0) return;
  await time.pass(delayMs - 1);
  await scene.expectNothing(`not 1 ms early after ${delayMs} ms`);
  await passDue(scene, 1);
  await scene.ack(await scene.takeOne());
}
