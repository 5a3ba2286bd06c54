import type { App } from "@jobs/core";
import type { CoordinationStore } from "@jobs/core/broker";
import { isObject, keepAliveClock, withDeadline } from "@jobs/core/runtime";
import { brokerOf } from "../project/open-app.ts";
import { type Sample, type StatsReport, withRates } from "./stats-report.ts";

/** Totals of all queues that a call of `jobs stats` has read. */
interface KeptTotals {
  /** In ms since 1970, by the clock of the machine that read them. */
  readonly at: number;
  /** By queue without prefix: how many jobs have ever come in, and left. */
  readonly queues: Readonly<Record<string, readonly [entered: number, left: number]>>;
}

/** Older totals are not kept, since rates over a longer time say little about now; in ms. */
const KEPT_MS = 600_000;

/** Rates over a shorter time jump, so newer totals are not compared; in ms. */
const SHORTEST_MS = 1_000;

/** Rates are not worth a longer wait, in ms. */
const PATIENCE_MS = 1_000;

const NAME = "totals";

/**
 * The report with rates since an earlier call of anybody, whose totals lie in the broker's coordination store. Keeps the
 * totals of this call there. Without earlier totals, or where they cannot be read or written, there are no rates.
 */
export async function withKeptTotals(app: App, sample: Sample): Promise<StatsReport> {
  const broker = brokerOf(app);
  const { coordination, reach } = broker;
  const now = totalsOf(sample);
  const isThere = reach !== "process" && broker.absence?.() === undefined;
  if (coordination === undefined || !isThere || Object.keys(now.queues).length === 0) return sample.report;
  const set = `${app.config.queuePrefix}stats`;
  const kept = await inTime(readKept(coordination, set));
  if (kept === undefined) return sample.report;
  const usable = kept.filter(({ at }) => now.at - at >= SHORTEST_MS && now.at - at <= KEPT_MS);
  const [earlier] = usable;
  // Calls in quick succession all compare with the same totals.
  const [{ at: newestAt } = { at: 0 }] = kept;
  if (now.at - newestAt >= SHORTEST_MS || newestAt > now.at)
    await inTime(
      coordination.put({ set, name: NAME, value: JSON.stringify([now, ...usable.slice(0, 1)]) }, KEPT_MS),
    );
  return earlier === undefined ? sample.report : withRates(sample, sampleOf(earlier, now.at, sample));
}

/** Queues whose broker counts. */
function totalsOf({ report }: Sample): KeptTotals {
  const counted = report.queues.flatMap(({ name, entered, left }) =>
    entered.n === null || left.n === null ? [] : [[name, [entered.n, left.n]] as const],
  );
  return { at: Date.now(), queues: Object.fromEntries(counted) };
}

async function readKept(coordination: CoordinationStore, set: string): Promise<readonly KeptTotals[]> {
  const entry = (await coordination.list(set)).find(({ name }) => name === NAME);
  const read: unknown = JSON.parse(entry?.value ?? "[]");
  return Array.isArray(read) ? read.filter(isKept) : [];
}

function isKept(read: unknown): read is KeptTotals {
  return isObject(read) && typeof read.at === "number" && isObject(read.queues);
}

/** Resolves with nothing for work that fails or takes too long: who may only read gets counts without rates. */
async function inTime<T>(work: Promise<T>): Promise<T | undefined> {
  return withDeadline(keepAliveClock, PATIENCE_MS, work, () => new Error("too late")).catch(() => undefined);
}

/** Kept totals in the form of a sample. Only the totals of queues that this call has read count. */
function sampleOf({ at, queues }: KeptTotals, now: number, { report, answeredAt }: Sample): Sample {
  const past = report.queues.flatMap((queue) => {
    const [entered, left] = Object.hasOwn(queues, queue.name) ? (queues[queue.name] ?? []) : [];
    if (typeof entered !== "number" || typeof left !== "number") return [];
    return [{ ...queue, entered: { n: entered, exact: true }, left: { n: left, exact: true } }];
  });
  return { report: { ...report, queues: past }, answeredAt: answeredAt - (now - at) };
}
