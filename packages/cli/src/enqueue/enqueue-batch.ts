import { createReadStream, type ReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { App } from "@jobs/core";
import { countOf } from "@jobs/core/config";
import { accessReason, type ReadText, readLines } from "../input/read-text.ts";
import { CliError } from "../output/cli-error.ts";
import { EXIT, type ExitCode } from "../output/exit-codes.ts";
import { openProgress } from "../output/open-progress.ts";
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
  const outcome = await sendFile(flags, app, output);
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

/** Sends the lines of the file, and shows how far it is. */
async function sendFile(flags: BatchFlags, app: App, output: Output): Promise<BatchOutcome> {
  const { batch } = flags;
  using progress = await openProgress(flags["dry-run"] ? "checked" : "queued");
  const bytes = progress === undefined || batch === "-" ? 0 : await sizeOf(batch);
  const file = batch === "-" ? undefined : createReadStream(batch);
  return await sendLines(linesOf(batch, file), app.enqueueMany, {
    onRefused({ line, code, message }) {
      if (!output.isJson) output.note(`line ${line}: ${code}: ${message}`);
    },
    onRouted(task, route) {
      // An unknown task is refused, and has no queue.
      if (app.tasks.find(task) !== undefined) warnOfUnusedRoute(app, task, route);
    },
    onSent(accepted) {
      const share = file === undefined || bytes === 0 ? undefined : file.bytesRead / bytes;
      progress?.show({ count: accepted, share });
    },
  });
}

/** Size of the file; 0 where it is unknown, as for a pipe. */
async function sizeOf(path: string): Promise<number> {
  return await stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

async function* linesOf(batch: string, file: ReadStream | undefined): AsyncGenerator<ReadText> {
  try {
    yield* readLines(file ?? process.stdin);
  } catch (cause) {
    const name = file === undefined ? "stdin" : `the batch ${batch}`;
    throw new CliError("refused", `${name} cannot be read: ${accessReason(cause)}.`, { cause });
  }
}
