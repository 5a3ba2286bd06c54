import { memory } from "@jobs/adapter-memory";
import { createApp, defineTask } from "@jobs/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { withKeptTotals } from "./kept-totals.ts";
import { collectStats } from "./stats-report.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: 1_000_000 }));
afterEach(() => void vi.useRealTimers());

const note = defineTask("note", {});

/** Two processes with one broker, each of which is taken for one that others see. */
function createStats({ refuses = false } = {}) {
  const broker = { ...memory(), reach: "machine" as const };
  const app = createApp({ broker, tasks: [note] });
  if (refuses && broker.coordination !== undefined)
    broker.coordination.put = () => Promise.reject(new Error("read only"));
  const stats = async (afterMs: number) => {
    vi.setSystemTime(Date.now() + afterMs);
    const queues = [{ name: "default", queue: await app.queue("default") }];
    const report = await withKeptTotals(app, { report: await collectStats(app, queues), answeredAt: 0 });
    return { ratesMs: report.ratesMs, in: report.queues[0]?.inPerSecond };
  };
  return { app, stats };
}

const NONE = { ratesMs: undefined, in: null };

describe("rates of a single call", () => {
  it("are those since an earlier call; the first call has none", async () => {
    const { app, stats } = createStats();
    expect(await stats(0)).toEqual(NONE);
    for (let n = 0; n < 6; n++) await app.enqueue(note, {});
    expect(await stats(3_000)).toEqual({ ratesMs: 3_000, in: 2 });
    expect(await stats(2_000)).toEqual({ ratesMs: 2_000, in: 0 });
  });

  it("are never those of less than a second, so that calls in quick succession agree", async () => {
    const { app, stats } = createStats();
    await stats(0);
    expect(await stats(500)).toEqual(NONE);
    await app.enqueue(note, {});
    expect(await stats(500)).toEqual({ ratesMs: 1_000, in: 1 });
    expect(await stats(200)).toEqual({ ratesMs: 1_200, in: 0.83 });
    expect(await stats(800)).toEqual({ ratesMs: 1_000, in: 0 });
  });

  it("are not told after ten minutes, and not where nothing can be kept", async () => {
    const { stats } = createStats();
    await stats(0);
    expect(await stats(600_001)).toEqual(NONE);
    const readOnly = createStats({ refuses: true });
    await readOnly.stats(0);
    expect(await readOnly.stats(5_000)).toEqual(NONE);
  });
});
