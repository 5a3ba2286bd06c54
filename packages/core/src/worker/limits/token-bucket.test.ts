import fc from "fast-check";
import { expect, it } from "vitest";
import { createVirtualClock } from "../../runtime/virtual-clock.ts";
import { TokenBucket } from "./token-bucket.ts";

/** When starts happen that are taken as soon as they are possible, where it is checked at these distances. */
async function startsAt(perSecond: number, looks: readonly number[]): Promise<readonly number[]> {
  const clock = createVirtualClock();
  const bucket = new TokenBucket(perSecond, clock);
  const starts: number[] = [];
  for (const afterMs of looks) {
    await clock.advance(afterMs);
    while (bucket.available > 0) {
      bucket.take();
      starts.push(clock.monotonic());
    }
  }
  return starts;
}

it("in no stretch of time are there more starts than the rate and one burst allow, whenever it is looked at [C12]", async () => {
  const looks = fc.array(fc.nat(5_000), { minLength: 1, maxLength: 60 });
  const rates = fc.double({ min: 0.1, max: 5_000, noNaN: true });
  await fc.assert(
    fc.asyncProperty(rates, looks, async (perSecond, distances) => {
      const starts = await startsAt(perSecond, distances);
      const burst = Math.max(1, perSecond / 10);
      const firstOf = new Map<number, number>();
      starts.forEach((at, index) => {
        if (!firstOf.has(at)) firstOf.set(at, index);
      });
      for (const [from, first] of firstOf) {
        starts.slice(first).forEach((at, further) => {
          expect(further + 1).toBeLessThanOrEqual(burst + ((at - from) * perSecond) / 1_000 + 1e-6);
        });
      }
    }),
    { seed: 1, numRuns: 60 },
  );
});

it("the time it says to wait is enough, and not a millisecond more [C12]", async () => {
  await fc.assert(
    fc.asyncProperty(fc.double({ min: 0.1, max: 900, noNaN: true }), async (perSecond) => {
      const clock = createVirtualClock();
      const bucket = new TokenBucket(perSecond, clock);
      while (bucket.available > 0) bucket.take();
      const { waitMs } = bucket;
      await clock.advance(waitMs - 1);
      expect(bucket.available).toBe(0);
      await clock.advance(1);
      expect(bucket.available).toBeGreaterThanOrEqual(1);
    }),
    { seed: 1, numRuns: 60 },
  );
});
