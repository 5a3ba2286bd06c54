import type { App, EnqueueItem, EnqueueResult } from "@jobs/core";
import type { ReadText } from "../input/read-text.ts";
import type { Route } from "../queues/selected-queues.ts";
import { parseLine } from "./parse-line.ts";

/** A line that was not sent. */
export interface RefusedLine {
  /** Counted from 1, as editors do. */
  readonly line: number;
  readonly code: string;
  readonly message: string;
}

/** The outcome of a batch. */
export interface BatchOutcome {
  readonly accepted: number;
  /** Lines with the id of a stored job. They were not sent. */
  readonly duplicates: number;
  readonly refused: readonly RefusedLine[];
  /** The line at which the broker stopped answering. Later lines were not tried. */
  readonly stoppedAt?: number;
}

/** Called while a batch is under way. */
export interface BatchProgress {
  /** Called before a valid line is sent that names its own queue or domain. */
  onRouted?(task: string, route: Route): void;
  onRefused(refused: RefusedLine): void;
  onSent(accepted: number): void;
}

/** Sends many items at once; result i answers item i. */
export type SendMany = App["enqueueMany"];

/** Lines in memory at once: enough to fill the broker's batches, little enough for any machine. */
const CHUNK = 1_000;

/** Sends each valid line and reports each bad one. The chunk limits the memory, except for refused lines. */
export async function sendLines(
  lines: AsyncIterable<ReadText>,
  send: SendMany,
  progress: BatchProgress,
): Promise<BatchOutcome> {
  const refused: RefusedLine[] = [];
  const refuse = (line: RefusedLine) => {
    refused.push(line);
    progress.onRefused(line);
  };
  let accepted = 0;
  let duplicates = 0;
  for await (const chunk of chunksOf(numbered(lines))) {
    const items: NumberedItem[] = [];
    const unreadable: RefusedLine[] = [];
    for (const { line, read } of chunk) {
      const parsed = parseLine(read);
      if (parsed.status === "ok") items.push({ line, item: parsed.item });
      else unreadable.push({ line, code: parsed.code, message: parsed.message });
    }
    reportRoutes(items, progress);
    const results = items.length === 0 ? [] : await send(items.map(({ item }) => item));
    const failures = refusals(items, results);
    // Report in the order of the file, as people and scripts read it.
    [...unreadable, ...failures].sort((a, b) => a.line - b.line).forEach(refuse);
    const known = results.filter(({ status }) => status === "duplicate").length;
    duplicates += known;
    accepted += items.length - failures.length - known;
    progress.onSent(accepted);
    const outage = failures.find((failure) => failure.code === "broker_unavailable");
    if (outage !== undefined) return { accepted, duplicates, refused, stoppedAt: outage.line };
  }
  return { accepted, duplicates, refused };
}

interface NumberedItem {
  readonly line: number;
  readonly item: EnqueueItem;
}

function reportRoutes(items: readonly NumberedItem[], progress: BatchProgress): void {
  for (const { item } of items) {
    const [task, , { queue, domain } = {}] = item;
    const name = typeof task === "string" ? task : task.name;
    if (queue !== undefined || domain !== undefined) progress.onRouted?.(name, { queue, domain });
  }
}

function refusals(items: readonly NumberedItem[], results: readonly EnqueueResult[]): readonly RefusedLine[] {
  return items.flatMap(({ line }, index) => {
    const result = results[index];
    if (result?.status !== "refused") return [];
    return [{ line, code: result.error.code, message: result.error.message }];
  });
}

interface NumberedLine {
  readonly line: number;
  readonly read: ReadText;
}

/** Numbers the lines. Empty lines are counted, but left out. */
async function* numbered(lines: AsyncIterable<ReadText>): AsyncGenerator<NumberedLine> {
  let line = 0;
  for await (const read of lines) {
    line++;
    if (read.status === "refused" || read.text.trim() !== "") yield { line, read };
  }
}

async function* chunksOf<T>(items: AsyncIterable<T>): AsyncGenerator<readonly T[]> {
  let chunk: T[] = [];
  for await (const item of items) {
    chunk.push(item);
    if (chunk.length === CHUNK) {
      yield chunk;
      chunk = [];
    }
  }
  if (chunk.length > 0) yield chunk;
}
