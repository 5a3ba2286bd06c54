import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Measured } from "../harness/measure-suite.ts";

/** The last full measurement of a suite, kept in the repository and reviewed like code. */
export interface Baseline {
  readonly machine: string;
  readonly runs: number;
  readonly measured: Measured;
}

/** Replaces the last measurement with this one. */
export function writeBaseline(suite: string, baseline: Baseline): void {
  const path = pathOf(suite);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(baseline, rounded, 2)}\n`);
}

/** The last full run of a suite. @throws Error when the suite has none. */
export function readBaseline(suite: string): Baseline {
  return JSON.parse(readFileSync(pathOf(suite), "utf8")) as Baseline;
}

/** More digits would change in every diff and mean nothing. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === "number" ? Number(value.toPrecision(4)) : value;
}

function pathOf(suite: string): string {
  return fileURLToPath(new URL(`../../baseline/${suite}.json`, import.meta.url));
}
