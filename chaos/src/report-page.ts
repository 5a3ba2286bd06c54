import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isReached, marksOf } from "./marks.ts";
import type { Outcome } from "./run-experiment.ts";

const PAGE = fileURLToPath(new URL("../../docs/reliability.md", import.meta.url));

const OPENING = "<!-- runs: written by `npm run chaos`, newest last -->";
const CLOSING = "<!-- end of runs -->";

/** Adds a run to the page, below those that are there. @throws Error when the page has lost its markers. */
export function addToPage(outcome: Outcome): void {
  const page = existsSync(PAGE) ? readFileSync(PAGE, "utf8") : "";
  if (!page.includes(OPENING) || !page.includes(CLOSING)) {
    throw new Error(`docs/reliability.md needs the markers ${OPENING} and ${CLOSING}.`);
  }
  writeFileSync(
    PAGE,
    page.replace(CLOSING, () => `${describe(outcome)}\n${CLOSING}`),
  );
}

function describe(outcome: Outcome): string {
  const { experiment, size, findings, seconds } = outcome;
  const { recovery } = findings;
  return [
    `### ${experiment.id} on ${size.broker}: ${experiment.title}`,
    "",
    `${count(size.jobs)} jobs, ${count(size.faults)} × ${experiment.signal}, ${size.workers} workers × ${size.concurrency} jobs, leases of ${size.leaseMs / 1000} s, ${seconds} s, seed ${size.seed}.`,
    `${count(findings.extraStarts)} extra starts; ${count(recovery.interrupted)} jobs cut short, started again after ${recovery.p50Ms} ms (p50), ${recovery.p99Ms} ms (p99), ${recovery.maxMs} ms at most.`,
    "",
    "| mark | at most | seen | |",
    "|---|---|---|---|",
    ...marksOf(outcome).map((mark) => {
      const verdict = isReached(mark) ? "reached" : "**missed**";
      return `| ${mark.name} | ${count(mark.atMost)} | ${count(mark.seen)} | ${verdict} |`;
    }),
    "",
  ].join("\n");
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
