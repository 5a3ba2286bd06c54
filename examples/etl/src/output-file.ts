import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { ProcessedRecord } from "./tasks.ts";
import type { WorkFolder } from "./work-folder.ts";

/** Of its time, the writer spends at most one part in this many on publishing, however long the output grows. */
const PUBLISHING_SHARE = 20;

/**
 * The output: every record once, however often it is appended, and valid JSON whenever somebody looks.
 *
 * A record is appended to a journal: one write, whatever was written before, and on the disk when `append` returns. A
 * line that a killed writer left half written counts as absent: its job was not acknowledged and runs again. From the
 * journal the JSON array is published under a temporary name and renamed, so that no reader sees a part of it.
 */
export class OutputFile {
  readonly #files: WorkFolder;
  #lines: Map<string, string> | undefined;
  #nextPublicationAt = 0;

  constructor(files: WorkFolder) {
    this.#files = files;
  }

  /** Keeps a record; one of an id that is there already changes nothing. */
  append(record: ProcessedRecord): void {
    const lines = this.#open();
    if (lines.has(record.id)) return;
    appendFileSync(this.#files.journal, `${JSON.stringify(record)}\n`, { flush: true });
    lines.set(record.id, outputLine(record));
    if (performance.now() >= this.#nextPublicationAt) this.publish();
  }

  /** Makes everything appended so far visible; does nothing when nothing was. */
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

/** Publishes what the journal holds: for whoever comes after a writer that was killed. */
export function publishJournal({ journal, output }: WorkFolder): void {
  publish(output, readWritten(journal).map(outputLine));
}

function publish(output: string, lines: readonly string[]): void {
  const draft = `${output}.${process.pid}.tmp`;
  writeFileSync(draft, lines.length === 0 ? "[]\n" : `[\n${lines.join(",\n")}\n]\n`, { flush: true });
  renameSync(draft, output);
}

/** Retries are the pipeline's affair, not the reader's. */
function outputLine({ retries: _retries, ...shown }: ProcessedRecord): string {
  return JSON.stringify(shown);
}

/** `undefined` for the half line of a writer that was killed. */
function parseLine(line: string): ProcessedRecord | undefined {
  try {
    return JSON.parse(line) as ProcessedRecord;
  } catch {
    return undefined;
  }
}

/** Lets the next record begin on a line of its own. */
function endTornLine(journal: string): void {
  const text = existsSync(journal) ? readFileSync(journal, "utf8") : "";
  if (text !== "" && !text.endsWith("\n")) appendFileSync(journal, "\n");
}
