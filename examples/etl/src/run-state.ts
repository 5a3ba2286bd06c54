import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { publishJournal } from "./output-file.ts";
import type { Settings } from "./settings.ts";
import type { WorkFolder } from "./work-folder.ts";

/** Prepares the folder. An interrupted run continues when its input is still the same; otherwise a new run begins. */
export function beginRun(files: WorkFolder, { input = "", limit }: Settings): "new" | "resumed" {
  const records = JSON.stringify({ input, limit });
  mkdirSync(files.state, { recursive: true });
  const isResumed = unfinishedRun(files) === records;
  if (!isResumed) {
    for (const file of [...databaseFiles(files), files.journal, files.refusals, files.log]) {
      rmSync(file, { force: true });
    }
    writeFileSync(files.unfinished, records);
  }
  publishJournal(files);
  return isResumed ? "resumed" : "new";
}

/** Marks the run as complete, so that the next start begins a new one. */
export function endRun(files: WorkFolder): void {
  publishJournal(files);
  rmSync(files.unfinished, { force: true });
}

/** A database has several files; their names begin with the name of the first. */
function databaseFiles({ state, database }: WorkFolder): readonly string[] {
  return readdirSync(state)
    .filter((name) => name.startsWith(basename(database)))
    .map((name) => join(state, name));
}

function unfinishedRun({ unfinished }: WorkFolder): string | undefined {
  try {
    return readFileSync(unfinished, "utf8");
  } catch {
    return undefined;
  }
}
