import { closeSync, openSync, readFileSync, writeSync } from "node:fs";

/** One line of the run log. `at`, `from` and `to` are in ms since 1970. */
export type RunLogEntry =
  /** The broker confirmed that the job is stored. */
  | ({ readonly type: "enqueued"; readonly at: number } & SentJob)
  /** The call failed, but the job may be stored. */
  | ({ readonly type: "maybe_sent" } & SentJob)
  | {
      readonly type: "started";
      readonly id: string;
      readonly attempt: number;
      /** How often the job was delivered, this time included. */
      readonly delivery: number;
      readonly pid: number;
      readonly at: number;
    }
  /** The handler returned, or it threw. */
  | { readonly type: "done" | "failed"; readonly id: string; readonly pid: number; readonly at: number }
  | { readonly type: "killed"; readonly pid: number; readonly at: number }
  | { readonly type: "frozen"; readonly pid: number; readonly from: number; readonly to: number }
  /** From the crash of the server until it accepts connections again. */
  | { readonly type: "crashed"; readonly from: number; readonly to: number };

/** A job in the run log of its producer. */
export interface SentJob {
  readonly id: string;
  /** Whether its handler writes a row in the transaction that completes it. Default false. */
  readonly hasEffect?: boolean;
}

/** Records what a process did. The process may be killed at any moment. */
export interface RunLogWriter {
  /** After it returns, the line stays, even when the process is killed. */
  write(entry: RunLogEntry): void;
  close(): void;
}

/**
 * Opens a run log for appending. Each line is one write in append mode, so lines of several processes do not mix. What
 * the system has accepted survives the end of the writer.
 */
export function openRunLog(path: string): RunLogWriter {
  const file = openSync(path, "a");
  return {
    write: (entry) => void writeSync(file, `${JSON.stringify(entry)}\n`),
    close: () => closeSync(file),
  };
}

/** All lines, in the order of writing. */
export function readRunLog(path: string): readonly RunLogEntry[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as RunLogEntry);
}
