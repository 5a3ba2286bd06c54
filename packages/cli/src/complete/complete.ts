import { keepAliveClock, withDeadline } from "@jobs/core/runtime";
import { readDuration } from "../base/read-duration.ts";
import type { CommandEntry } from "../command-table.ts";
import { createOutput } from "../output/output.ts";
import { completeWords } from "./complete-words.ts";
import { projectNames } from "./project-names.ts";

/**
 * A shell waits for the answer while a person types, in ms. The project's app is loaded within this time, too.
 * `JOBS_TIMEOUT` sets another time, as for all commands.
 */
const DEADLINE_MS = 2_000;

/** What a shell cannot insert without quotes is not offered. */
const PLAIN = /^[\w.:=,@/+[\]-]+$/;

/**
 * Prints what can follow the words, for a shell: one candidate a line, with its description behind a tab. `:files`
 * asks the shell for names of files. Prints nothing instead of an error, and when the time is over.
 */
export async function complete(
  words: readonly string[],
  commands: Readonly<Record<string, CommandEntry>>,
): Promise<void> {
  try {
    const deadlineMs = readDuration(process.env.JOBS_TIMEOUT ?? "") ?? DEADLINE_MS;
    const work = completeWords(words, { commands, names: projectNames });
    const found = await withDeadline(keepAliveClock, deadlineMs, work, () => new Error("too late"));
    if (found === "files") return createOutput(false).raw(":files\n");
    const lines = found
      .filter(({ value }) => PLAIN.test(value))
      .map(({ value, text = "" }) => `${value}\t${text.replace(/\s+/g, " ")}\n`);
    if (lines.length > 0) createOutput(false).raw(lines.join(""));
  } catch {
    // A person who types must not see errors of what was not called yet.
  }
}
