import type { Count } from "@jobs/core/broker";
import { formatDuration } from "@jobs/core/config";
import { tableLines } from "../output/table.ts";
import type { StatsReport } from "./stats-report.ts";

const COLUMNS = [
  { title: "queue" },
  { title: "ready", align: "right" },
  { title: "active", align: "right" },
  { title: "delayed", align: "right" },
  { title: "dead", align: "right" },
  { title: "oldest" },
  { title: "in/s", align: "right" },
  { title: "out/s", align: "right" },
  { title: "" },
] as const;

/** The numbers for people; estimates carry a `~`, unknown ones are `?`. */
export function statsLines({ broker, queues, ratesMs }: StatsReport): readonly string[] {
  const rows = queues.map((queue) => [
    queue.name,
    countText(queue.ready),
    countText(queue.leased),
    countText(queue.delayed),
    countText(queue.dead),
    ageText(queue.oldestReadyMs),
    rateText(queue.inPerSecond),
    rateText(queue.outPerSecond),
    queue.isPaused ? "paused" : "",
  ]);
  const isExact = queues.every(({ ready, leased, delayed, dead }) =>
    [ready, leased, delayed, dead].every((count) => count.exact),
  );
  const hasRates = queues.some(({ inPerSecond }) => inPerSecond !== null);
  const period = hasRates && ratesMs !== undefined ? [`(IN/S and OUT/S: the last ${ageText(ratesMs)})`] : [];
  return [
    ...tableLines(COLUMNS, rows),
    ...period,
    ...(isExact ? [] : [`(${broker}: counts are approximate)`]),
  ];
}

function countText({ n, exact }: Count): string {
  if (n === null) return "?";
  return exact ? String(n) : `~${n}`;
}

/** Whole seconds are enough to read. */
function ageText(ms: number | null): string {
  if (ms === null) return "-";
  return ms < 1_000 ? `${Math.round(ms)}ms` : formatDuration(Math.round(ms / 1_000) * 1_000);
}

function rateText(perSecond: number | null): string {
  return perSecond === null ? "-" : perSecond.toFixed(1);
}
