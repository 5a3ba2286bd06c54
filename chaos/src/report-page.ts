import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Criterion, criteriaOf, isReached } from "./criteria.ts";
import {
  jobsOf,
  type LongTransactionOutcome,
  longTransactionMarks,
} from "./long-transaction/run-long-transaction.ts";
import type { CallName } from "./long-transaction/timed-queue.ts";
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
  const { recovery, effects } = observations;
  const { unanswered, doubleCompletions } = observations;
  return [
    `### ${experiment.id} on ${size.broker}: ${experiment.title}`,
    "",
    `${count(size.jobs)} jobs, ${count(size.faults)} × ${experiment.fault}, ${size.workers} workers × ${size.concurrency} jobs, leases of ${size.leaseMs / 1000} s. It took ${seconds} s with seed ${size.seed}.`,
    `Extra starts: ${count(observations.extraStarts)}. Jobs cut short: ${count(recovery.interrupted)}. They started again after ${recovery.p50Ms} ms (p50), ${recovery.p99Ms} ms (p99), ${recovery.maxMs} ms at most.`,
    ...(experiment.interruptsServer
      ? [`Sends without an answer: ${count(unanswered)}. Double completions: ${count(doubleCompletions)}.`]
      : []),
    ...(effects ? [`Rows of transactional jobs: ${count(effects.rows)}.`] : []),
    "",
    ...markTable(criteriaOf(outcome)),
  ].join("\n");
}

/** What jobs cost beside a long transaction, as Markdown. */
export function describeLongTransaction(outcome: LongTransactionOutcome): string {
  const { size, parts, moments, seconds } = outcome;
  const calls = Object.keys(moments[0]?.calls ?? {}) as CallName[];
  const [first, last] = [parts[0], parts.at(-1)];
  const megabytes = (bytes: number) => count(Math.round(bytes / 1e6));
  return [
    `### Postgres beside a long transaction: ${count(jobsOf(parts))} jobs`,
    "",
    `${count(jobsOf(parts))} jobs in calls of ${count(size.batch)}, while a transaction that reads stayed open. It took ${seconds} s in all.`,
    `At first there were ${count(first?.jobsPerSecond ?? 0)} jobs a second, at the end ${count(last?.jobsPerSecond ?? 0)}. The slowest call took ${count(Math.max(...parts.map(({ slowestMs }) => slowestMs)))} ms.`,
    "",
    "Medians of 200 calls with one job, in ms, and sizes with indexes:",
    "",
    `| moment | ${calls.join(" | ")} | messages (MB) | changes of counts (MB) | dead rows |`,
    `|---|${calls.map(() => "---|").join("")}---|---|---|`,
    ...moments.map((moment) => {
      const times = calls.map((call) => moment.calls[call] ?? "").join(" | ");
      return `| ${moment.name} | ${times} | ${megabytes(moment.messagesBytes)} | ${megabytes(moment.countChangesBytes)} | ${count(moment.deadRows)} |`;
    }),
    "",
    ...markTable(longTransactionMarks(outcome)),
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
