import { createReadStream } from "node:fs";
import { countOf } from "@jobs/core/config";
import { accessReason, type ReadText, readLines } from "../input/read-text.ts";
import { CliError } from "../output/cli-error.ts";
import { EXIT, type ExitCode } from "../output/exit-codes.ts";
import type { Output } from "../output/output.ts";
import { openApp } from "../project/open-app.ts";
import type { FlagSettings } from "../project/open-project.ts";
import { warnOfUnusedRoute } from "../queues/selected-queues.ts";
import { type BatchOutcome, sendLines } from "./send-lines.ts";

/** Flags of `jobs enqueue --batch`. */
export interface BatchFlags extends FlagSettings {
  /** A path, or `-` for stdin. */
  readonly batch: string;
  readonly "dry-run": boolean;
}

/** Sends the jobs of a file line by line. A bad line is reported and does not stop the others. */
export async function enqueueBatch(flags: BatchFlags, output: Output): Promise<ExitCode> {
  await using opened = await openApp({ flags });
  const { app } = opened;
  const outcome = await sendLines(linesOf(flags.batch), app.enqueueMany, {
    onRefused({ line, code, message }) {
      if (!output.isJson) output.note(`line ${line}: ${code}: ${message}`);
    },
    onRouted(task, route) {
      // An unknown task is refused, and has no queue.
      if (app.tasks.find(task) !== undefined) warnOfUnusedRoute(app, task, route);
    },
    onSent(accepted) {
      if (process.stderr.isTTY) process.stderr.write(`\r${accepted} queued `);
    },
  });
  if (process.stderr.isTTY) process.stderr.write("\r");
  const { accepted, duplicates, refused, stoppedAt } = outcome;
  if (output.isJson) output.json({ accepted, duplicates, refused });
  const known = duplicates === 0 ? "" : `${countOf(duplicates, "was", "were")} stored already, `;
  output.line(
    `${flags["dry-run"] ? "would queue" : "queued"} ${countOf(accepted, "job")}, ${known}refused ${countOf(refused.length, "line")}`,
  );
  if (stoppedAt !== undefined)
    output.note(`the broker stopped answering; nothing after line ${stoppedAt} was tried.`);
  return exitCodeOf(outcome);
}

function exitCodeOf({ refused, stoppedAt }: BatchOutcome): ExitCode {
  if (stoppedAt !== undefined) return EXIT.unavailable;
  return refused.length === 0 ? EXIT.ok : EXIT.refused;
}

async function* linesOf(source: string): AsyncGenerator<ReadText> {
  const input = source === "-" ? process.stdin : createReadStream(source);
  try {
    yield* readLines(input);
  } catch (cause) {
    const name = source === "-" ? "stdin" : `the batch ${source}`;
    throw new CliError("refused", `${name} cannot be read: ${accessReason(cause)}.`, { cause });
  }
}
