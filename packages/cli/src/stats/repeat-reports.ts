import { keepAliveClock, sleep } from "@jobs/core/runtime";
import { type Sample, withRates } from "./queue-rates.ts";
import type { StatsReport } from "./stats-report.ts";

/** How often queues are looked at. */
export interface Rhythm {
  /** So far apart, again and again, in ms; `undefined`: one report. */
  readonly everyMs: number | undefined;
  /** Between the two looks that the rates of a single report need, in ms; 0: it has no rates. */
  readonly ratesMs: number;
}

/** One report, or one after another without an end; rates are those between two looks. */
export async function* repeatReports(
  look: () => Promise<Sample>,
  { everyMs, ratesMs }: Rhythm,
): AsyncGenerator<StatsReport> {
  let earlier = everyMs === undefined && ratesMs > 0 ? await look() : undefined;
  if (earlier !== undefined && hasTotals(earlier)) await sleep(keepAliveClock, ratesMs);
  for (;;) {
    const sample = await look();
    yield earlier === undefined ? sample.report : withRates(sample, earlier);
    if (everyMs === undefined) return;
    earlier = sample;
    await sleep(keepAliveClock, everyMs);
  }
}

/** Whether a second reading can give a rate. */
function hasTotals({ report }: Sample): boolean {
  return report.queues.some(({ entered }) => entered.n !== null);
}
