import { describe, expect, test } from "vitest";
import type { Random } from "../../src/entries/testing.ts";
import { defineTask, handle } from "../../src/index.ts";
import { createRig } from "../rig.ts";
import { crash } from "./crash.ts";

const work = defineTask("work", {});

/** A worker whose broker refuses each receive: the pauses between its tries, in ms. */
async function pollPauses(random: Random): Promise<number[]> {
  const rig = createRig({ tasks: [work], handlers: [handle(work, () => {})] });
  const triedAt: number[] = [];
  rig.faults.receive = () => {
    triedAt.push(rig.clock.now());
    return new Error("LOADING");
  };
  const app = rig.app.with({ runtime: { random } });
  const worker = app.worker({ ownsProcess: false });
  const report = worker.run();
  await rig.clock.advance(200_000);
  const stopped = worker.force();
  await rig.clock.advance(10_000);
  await Promise.all([stopped, report]);
  return triedAt.slice(1).map((at, index) => at - (triedAt[index] ?? 0));
}

/** A job that fails again and again with the default backoff: its delays, in ms. */
async function retryDelays(random: Random): Promise<number[]> {
  const failing = defineTask("failing", {}, { maxAttempts: 8 });
  const fail = () => {
    throw new Error("no");
  };
  const rig = createRig({ tasks: [failing], handlers: [handle(failing, fail)] });
  const delays: number[] = [];
  const app = rig.app.with({ runtime: { random } });
  app.observe((event) => event.type === "job.retried" && delays.push(event.delayMs));
  await app.enqueue(failing, {});
  const report = app.worker({ ownsProcess: false, until: { type: "drained" } }).run();
  await rig.clock.advance(3_600_000);
  await report;
  return delays;
}

describe.each([
  { what: "polling a broker that refuses", pauses: pollPauses, firstMs: 100, longestMs: 5_000 },
  { what: "retries by the default backoff", pauses: retryDelays, firstMs: 1_000, longestMs: 600_000 },
])("the jitter of $what [C25 F24]", ({ pauses, firstMs, longestMs }) => {
  test("two processes at the same trouble never pause in step, and each pause is in its bounds", async () => {
    const [low, high] = [await pauses(() => 0.25), await pauses(() => 0.95)];
    const common = Math.min(low.length, high.length, 6);
    expect(common).toBeGreaterThan(3);
    for (let failure = 0; failure < common; failure++) {
      const [one = 0, other = 0] = [low[failure], high[failure]];
      const ceiling = Math.min(longestMs, firstMs * 2 ** failure);
      expect(other).toBeGreaterThan(one * 1.5);
      for (const pause of [one, other]) {
        expect(pause).toBeGreaterThanOrEqual(ceiling / 10);
        expect(pause).toBeLessThanOrEqual(ceiling + 1);
      }
    }
  });
});

describe("times and numbers that hold where nothing is set", () => {
  test.each([
    { ms: 9_900, isStuck: false },
    { ms: 10_100, isStuck: true },
  ])(
    "a handler has 10 s after its signal aborted: back after $ms ms it is stuck: $isStuck",
    async ({ ms, isStuck }) => {
      const slow = defineTask("slow", {}, { maxAttempts: 1, timeoutMs: 1_000 });
      const rig = createRig({
        tasks: [slow],
        handlers: [
          handle(slow, (_, ctx) => {
            return new Promise<void>((resolve) => {
              ctx.signal.addEventListener("abort", () => void rig.clock.schedule(ms, resolve));
            });
          }),
        ],
      });
      await rig.app.enqueue(slow, {});
      rig.start({ concurrency: 4 });
      await rig.clock.advance(12_000);
      expect(rig.trace().includes("job.stuck")).toBe(isStuck);
    },
  );

  test.each([
    { crashes: 10, ending: "job.succeeded" },
    { crashes: 11, ending: "job.dead" },
  ])("a job that $crashes workers crashed at ends as $ending", async ({ crashes, ending }) => {
    const rig = createRig({ tasks: [work], handlers: [handle(work, () => {})] });
    await rig.app.enqueue(work, {});
    await crash(rig.broker, rig.clock, crashes);
    const { report } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(5_000);
    await report;
    expect(rig.trace().at(-1)).toBe(ending);
  });
});
