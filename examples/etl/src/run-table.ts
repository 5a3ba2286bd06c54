import { addsUp, type RunCounts, total } from "./count-run.ts";
import type { EnqueueCounts } from "./enqueue-films.ts";

type Row = readonly [label: string, count: number];

/** The table at the end: all records and where they ended. An indented number is part of the number above it. */
export function runTable(enqueued: EnqueueCounts, counts: RunCounts): string {
  const { succeededAtOnce, succeededOnRetry, dead, retries } = counts;
  const refused = total(enqueued.refused);
  const rows: readonly Row[] = [
    ["records", enqueued.accepted + refused],
    ["  refused", refused],
    ...byCount(enqueued.refused),
    ["  accepted", enqueued.accepted],
    ["    succeeded", succeededAtOnce + succeededOnRetry],
    ["      at the first attempt", succeededAtOnce],
    ["      retried", succeededOnRetry],
    ["    dead", total(dead)],
    ...byCount(dead).map(([label, count]): Row => [`  ${label}`, count]),
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  const lines = rows.map(
    ([label, count]) => `${label.padEnd(width)}  ${count.toLocaleString("en").padStart(6)}`,
  );
  const verdict = addsUp(enqueued, counts)
    ? `It adds up: accepted = succeeded + dead. ${retries.toLocaleString("en")} runs failed and were tried again.`
    : "It does not add up: accepted differs from succeeded + dead.";
  return `${lines.join("\n")}\n\n${verdict}\n`;
}

/** The most frequent first. */
function byCount(counts: Readonly<Record<string, number>>): readonly Row[] {
  return Object.entries(counts)
    .toSorted(([, one], [, other]) => other - one)
    .map(([kind, count]): Row => [`    ${kind}`, count]);
}
