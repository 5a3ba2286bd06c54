import assert from "node:assert/strict";
import { createVirtualClock, type VirtualClock } from "@jobs/core/testing";
import { describe, expect, it } from "vitest";
import { type Judgement, judgeInTime } from "../src/harness/judge-in-time.ts";
import { type TestTime, virtualTime } from "../src/harness/test-time.ts";

const TICK_MS = 20;

/** A clock that may be late by half a tick, like a real one. The test moves it, so that the machine does not matter. */
function inexactTime(clock: VirtualClock): TestTime {
  return { ...virtualTime(clock, { tickMs: TICK_MS }), slackMs: TICK_MS / 2 };
}

/** Runs a proof that may be late, and returns the ticks that it was tried with and how it ended. */
async function judge(
  prove: (time: TestTime, clock: VirtualClock) => Promise<void>,
  judgement: Judgement = {},
) {
  const clock = createVirtualClock();
  const ticks: number[] = [];
  const outcome = await judgeInTime(
    () => ({ time: inexactTime(clock) }),
    ({ time }) => {
      ticks.push(time.tickMs / TICK_MS);
      return prove(time, clock);
    },
    { starved: () => 0, ...judgement },
  ).then(
    () => "kept",
    (error: Error) => error.message,
  );
  return { ticks, outcome };
}

describe("a proof on real time", () => {
  it("that fails in time is judged at once", async () => {
    expect(await judge(async () => assert.fail("broken"))).toEqual({ ticks: [1], outcome: "broken" });
  });

  it("that fails beside starved programs is repeated with longer ticks, and then judged", async () => {
    let starvedMs = 0;
    const judged = await judge(
      async () => {
        starvedMs += 60;
        assert.fail("broken");
      },
      { starved: () => starvedMs },
    );
    expect(judged).toEqual({ ticks: [1, 2, 4, 8], outcome: "broken" });
  });

  it("that fails late is repeated with longer ticks, and judged when it was in time", async () => {
    const judged = await judge(async ({ tickMs }, clock) => {
      await clock.advance(2 * TICK_MS);
      if (tickMs <= 2 * TICK_MS) assert.fail("too late to know");
    });
    expect(judged).toEqual({ ticks: [1, 2, 4], outcome: "kept" });
  });

  it("that is late and broken still fails", async () => {
    const judged = await judge(async (_, clock) => {
      await clock.advance(TICK_MS);
      assert.fail("broken");
    });
    expect(judged).toEqual({ ticks: [1, 2], outcome: "broken" });
  });

  it("that allows for lateness is judged at once when it is late, and repeated beside starved programs", async () => {
    const prove = async (_: TestTime, clock: VirtualClock) => {
      await clock.advance(9 * TICK_MS);
      assert.fail("broken");
    };
    const late = await judge(prove, { allowsLateness: true });
    expect(late).toEqual({ ticks: [1], outcome: "broken" });
    let starvedMs = 0;
    const starved = () => {
      starvedMs += 60;
      return starvedMs;
    };
    const beside = await judge(prove, { allowsLateness: true, starved });
    expect(beside).toEqual({ ticks: [1, 2, 4, 8], outcome: "broken" });
  });

  it("that is late in every try fails, and says that nothing is known", async () => {
    const judged = await judge(async ({ tickMs }, clock) => {
      await clock.advance(tickMs);
      assert.fail("too late to know");
    });
    expect(judged.ticks).toEqual([1, 2, 4, 8]);
    expect(judged.outcome).toContain("160 ms late in ticks of 160 ms");
  });

  it("does not count the time that it asked for as late", async () => {
    const judged = await judge(async (time, clock) => {
      await time.pass(5 * TICK_MS);
      await time.within(
        new Promise<void>((resolve) => void clock.schedule(3 * TICK_MS, resolve)),
        9 * TICK_MS,
      );
      assert.fail("broken");
    });
    expect(judged).toEqual({ ticks: [1], outcome: "broken" });
  });
});

it("a proof on virtual time is judged, however long it takes", async () => {
  const clock = createVirtualClock();
  let runs = 0;
  const proof = judgeInTime(
    () => ({ time: virtualTime(clock) }),
    async () => {
      runs++;
      await clock.advance(60_000);
      assert.fail("broken");
    },
  );
  await expect(proof).rejects.toThrow("broken");
  expect(runs).toBe(1);
});
