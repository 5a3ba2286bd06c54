import { closeSync, openSync, readFileSync, writeSync } from "node:fs";

/** What is written down, one line each. `at` is in ms since 1970. */
export type LedgerEntry =
  /** The producer was told that the job is stored. */
  | { readonly type: "enqueued"; readonly id: string }
  /** The producer was refused, but the job may be stored all the same. */
  | { readonly type: "maybe_sent"; readonly id: string }
  | {
      readonly type: "started";
      readonly id: string;
      readonly attempt: number;
      readonly pid: number;
      readonly at: number;
    }
  | { readonly type: "done"; readonly id: string; readonly pid: number; readonly at: number }
  | { readonly type: "killed"; readonly pid: number; readonly at: number };

/** Where processes that may die at any moment write down what they did. */
export interface LedgerWriter {
  /** When it returns, a killed process cannot take the line back. */
  write(entry: LedgerEntry): void;
  close(): void;
}

/**
 * Opens a ledger for appending. Each line is one write to a file opened for appending: lines of several processes do
 * not mix, and what the system has taken survives the end of the writer.
 */
export function openLedger(path: string): LedgerWriter {
  const file = openSync(path, "a");
  return {
    write: (entry) => void writeSync(file, `${JSON.stringify(entry)}\n`),
    close: () => closeSync(file),
  };
}

/** Everything written down, in the order it was. */
export function readLedger(path: string): readonly LedgerEntry[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as LedgerEntry);
}
