import type { Figures, Unit } from "../../harness/bench-case.ts";

/** What AWS asks for a million requests to a standard queue. The first million of a month is free. */
export const SQS_PRICE = {
  dollars: 0.4,
  region: "us-east-1",
  source: "https://aws.amazon.com/sqs/pricing/",
  /** When it was last looked up. */
  date: "June 2026",
} as const;

/** The units of {@link costOf}. */
export const COST_UNITS: Readonly<Record<string, Unit>> = {
  "billed requests a job": "requests",
  "a million jobs": "dollars",
};

/** The cost of `jobs` jobs that made so many billed requests. */
export function costOf(billed: number, jobs: number): Figures {
  return { "billed requests a job": billed / jobs, "a million jobs": (billed / jobs) * SQS_PRICE.dollars };
}
