import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { ProcessedRecord } from "./tasks.ts";
import type { WorkFolder } from "./work-folder.ts";

/** Publishing takes at most one part in this many of the writer's time, whatever the length of the output. */
const PUBLISHING_SHARE = 20;

/**
 * The output: every record once, however often it is appended, and valid JSON at any moment.
 *
 * `append` adds a record to a journal with one write, and returns when it is on the disk. A killed writer may leave
 * half a line, which counts as absent: its job was not acknowledged and runs again. `publish` writes the JSON array
 * under a temporary name and renames it, so that readers never see a part.
 */
export class OutputFile {
  readonly #files: WorkFolder;
  #lines: Map<string, string> | undefined;
  #nextPublicationAt = 0;

  constructor(files: WorkFolder) {
    this.#files = files;
  }

  /** Adds a record; an id that is already there changes nothing. */
  append(record: ProcessedRecord): void {
    const lines = this.#open();
    if (lines.has(record.id)) return;
    appendFileSync(this.#files.journal, `${JSON.stringify(record)}\n`, { flush: true });
    lines.set(record.id, outputLine(record));
    if (performance.now() >= this.#nextPublicationAt) this.publish();
  }

  /** Makes all appended records visible; does nothing without new ones. */
  publish(): void {
    if (this.#lines === undefined) return;
    const startedAt = performance.now();
    publish(this.#files.output, [...this.#lines.values()]);
    const endedAt = performance.now();
    this.#nextPublicationAt = endedAt + (endedAt - startedAt) * PUBLISHING_SHARE;
  }

  #open(): Map<string, string> {
    if (this.#lines === undefined) {
      endTornLine(this.#files.journal);
      const records = readWritten(this.#files.journal);
      this.#lines = new Map(records.map((record) => [record.id, outputLine(record)]));
    }
    return this.#lines;
  }
}

/** Every record written so far, once, in the order of writing. */
export function readWritten(journal: string): readonly ProcessedRecord[] {
  const records = new Map<string, ProcessedRecord>();
  for (const line of existsSync(journal) ? readFileSync(journal, "utf8").split("\n") : []) {
    const record = parseLine(line);
    if (record !== undefined && !records.has(record.id)) records.set(record.id, record);
  }
  return [...records.values()];
}

/** Publishes the journal of a writer that was killed before it published. */
export function publishJournal({ journal, output }: WorkFolder): void {
  publish(output, readWritten(journal).map(outputLine));
}

function publish(output: string, lines: readonly string[]): void {
  const draft = `${output}.${process.pid}.tmp`;
  writeFileSync(draft, lines.length === 0 ? "[]\n" : `[\n${lines.join(",\n")}\n]\n`, { flush: true });
  renameSync(draft, output);
}

/** Readers of the output do not need the number of retries. */
function outputLine({ retries: _retries, ...shown }: ProcessedRecord): string {
  return JSON.stringify(shown);
}

/** `undefined` for half a line, left by a killed writer. */
function parseLine(line: string): ProcessedRecord | undefined {
  try {
    return JSON.parse(line) as ProcessedRecord;
  } catch {
    return undefined;
  }
}

/** Ends half a line, so that the next record begins on a new one. */
function endTornLine(journal: string): void {
  const text = existsSync(journal) ? readFileSync(journal, "utf8") : "";
  if (text !== "" && !text.endsWith("\n")) appendFileSync(journal, "\n");
}
