import { createVirtualClock } from "@jobs/core/testing";
import { expect, it } from "vitest";
import { LeaseClock } from "./lease-clock.ts";

/** A clock whose wall time can be set, as by an administrator. */
function settableClock() {
  const clock = createVirtualClock(1_000_000);
  let offsetMs = 0;
  return {
    ...clock,
    now: () => clock.now() + offsetMs,
    set(byMs: number) {
      offsetMs += byMs;
    },
  };
}

it("a clock that is set forward ends no lease before its worker had the time to extend it [F35]", async () => {
  const clock = settableClock();
  const leaseClock = new LeaseClock(clock);
  leaseClock.noteLease(30_000);
  clock.set(3_600_000);
  expect(leaseClock.present()).toEqual({ nowAt: 4_600_000, leasesEndAt: 1_000_000 });
  await clock.advance(29_999);
  expect(leaseClock.present().leasesEndAt).toBe(1_029_999);
  await clock.advance(1);
  expect(leaseClock.present()).toEqual({ nowAt: 4_630_000, leasesEndAt: 4_630_000 });
});

it("a clock that is set back, or corrected by less than a second, is followed at once [F35]", () => {
  const clock = settableClock();
  const leaseClock = new LeaseClock(clock);
  leaseClock.noteLease(30_000);
  clock.set(900);
  expect(leaseClock.present()).toEqual({ nowAt: 1_000_900, leasesEndAt: 1_000_900 });
  clock.set(-500_000);
  expect(leaseClock.present()).toEqual({ nowAt: 500_900, leasesEndAt: 500_900 });
});
