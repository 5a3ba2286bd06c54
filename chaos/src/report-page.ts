import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Criterion, criteriaOf, isReached } from "./criteria.ts";
import type { Outcome } from "./run-experiment.ts";
import { type SoakOutcome, soakMarks } from "./soak/run-soak.ts";

const PAGE = fileURLToPath(new URL("../../docs/reliability.md", import.meta.url));

const OPENING = "<!-- runs: written by `npm run chaos`, newest last -->";
const CLOSING = "<!-- end of runs -->";

/** Adds a run to the page, below those that are there. @throws Error when the page has lost its markers. */
export function addToPage(section: string): void {
  const page = existsSync(PAGE) ? readFileSync(PAGE, "utf8") : "";
  if (!page.includes(OPENING) || !page.includes(CLOSING)) {
    throw new Error(`docs/reliability.md needs the markers ${OPENING} and ${CLOSING}.`);
  }
  writeFileSync(
    PAGE,
    page.replace(CLOSING, () => `${section}\n${CLOSING}`),
  );
}

/** The outcome of an experiment as Markdown. */
export function describeOutcome(outcome: Outcome): string {
  const { experiment, size, observations, seconds } = outcome;
  const { recovery } = observations;
  return [
    `### ${experiment.id} on ${size.broker}: ${experiment.title}`,
    "",
    `${count(size.jobs)} jobs, ${count(size.faults)} × ${experiment.signal}, ${size.workers} workers × ${size.concurrency} jobs, leases of ${size.leaseMs / 1000} s. It took ${seconds} s with seed ${size.seed}.`,
    `Extra starts: ${count(observations.extraStarts)}. Jobs cut short: ${count(recovery.interrupted)}. They started again after ${recovery.p50Ms} ms (p50), ${recovery.p99Ms} ms (p99), ${recovery.maxMs} ms at most.`,
    "",
    ...markTable(criteriaOf(outcome)),
  ].join("\n");
}

/** The outcome of a soak as Markdown. */
export function describeSoak(outcome: SoakOutcome): string {
  const { size, weights, seconds } = outcome;
  const mebibytes = (bytes = 0) => (bytes / 2 ** 20).toFixed(1);
  const [first, last] = [weights[0], weights.at(-1)];
  return [
    `### F3A on ${size.broker}: one process that goes on and on`,
    "",
    `${count(size.rounds)} rounds of ${count(size.jobsInRound)} jobs, one in twenty failing at first, ${seconds} s.`,
    `Heap after a collection: ${mebibytes(first?.heapBytes)} MiB after the first round, ${mebibytes(last?.heapBytes)} MiB after the last; ${last?.handles} handles.`,
    "",
    ...markTable(soakMarks(outcome)),
  ].join("\n");
}

function markTable(criteria: readonly Criterion[]): readonly string[] {
  const rows = criteria.map((mark) => {
    const verdict = isReached(mark) ? "reached" : "**missed**";
    return `| ${mark.name} | ${count(mark.atMost)} | ${count(mark.seen)} | ${verdict} |`;
  });
  return ["| mark | at most | seen | |", "|---|---|---|---|", ...rows, ""];
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
