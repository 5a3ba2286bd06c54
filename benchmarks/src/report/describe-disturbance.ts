import type { Disturbance } from "../harness/measure-suite.ts";
import { DISTURBED } from "../harness/run-undisturbed.ts";

/** One sentence about how much the machine's host disturbed the measurement. */
export function describeDisturbance({ discarded, worst }: Disturbance): string {
  const limit = percent(DISTURBED);
  const kept = `in those that count it was at most ${percent(worst)}`;
  return `Runs made again because the host gave over ${limit} of the machine's time to others: ${discarded}; ${kept}.`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
