import { writeFileSync } from "node:fs";
import {
  type App,
  ConfigError,
  type EnqueueItem,
  isJobsError,
  type JobsError,
  type SignatureError,
} from "@jobs/core";
import { readWritten } from "./output-file.ts";
import { jobIdOf, recordOf } from "./records.ts";
import type { Settings } from "./settings.ts";
import { handOutDelay } from "./simulate-work.ts";
import { storedMessages } from "./stored-messages.ts";
import { etlProcess, recordIdOf } from "./tasks.ts";
import { type WorkFolder, workFolder } from "./work-folder.ts";

/** How many records of the input were accepted and refused. */
export interface EnqueueCounts {
  readonly accepted: number;
  /** Refused records by reason. */
  readonly refused: Readonly<Record<string, number>>;
}

/** The array at a URL. @throws ConfigError when there is none. */
export async function fetchFilms(url: string): Promise<readonly unknown[]> {
  const answer = await fetchJson(url);
  if (Array.isArray(answer)) return answer;
  throw new ConfigError("INPUT must be the URL of a JSON array; what came is none.");
}

/**
 * Enqueues one job for each film. The job has the id of the record, so that no film is stored twice. A film whose
 * record is written, or waits to be written, gets no job. Refused films and their reasons go to a file.
 */
export async function enqueueFilms(
  app: App,
  films: readonly unknown[],
  settings: Pick<Settings, "folder" | "seed" | "delayMs">,
): Promise<EnqueueCounts> {
  const files = workFolder(settings.folder);
  const processed = await processedIds(app, files);
  const known = films.map((film, place) => ({ id: jobIdOf(film, place), record: recordOf(film, place) }));
  const items = known
    .filter(({ id }) => !processed.has(id))
    .map(({ id, record }): EnqueueItem => [etlProcess, record, { id, delayMs: handOutDelay(settings, id) }]);
  const results = await app.enqueueMany(items);
  const refusals = results.flatMap((result, index) =>
    result.status === "refused" ? [{ id: items[index]?.[2]?.id, reasons: reasonsOf(result.error) }] : [],
  );
  writeFileSync(files.refusals, refusals.map((refusal) => `${JSON.stringify(refusal)}\n`).join(""));
  const refused: Record<string, number> = {};
  for (const { reasons } of refusals) {
    const kind = reasons.join(", ");
    refused[kind] = (refused[kind] ?? 0) + 1;
  }
  return { accepted: films.length - refusals.length, refused };
}

/** Reads the stored jobs first, then the journal: a record that moves between both is seen twice, never missed. */
async function processedIds(app: App, { journal }: WorkFolder): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for await (const { messageId } of storedMessages(app, "output", ["ready", "delayed", "leased", "dead"])) {
    ids.add(recordIdOf(messageId));
  }
  for (const { id } of readWritten(journal)) ids.add(id);
  return ids;
}

/** Every reason, with the field that it is about. @throws JobsError when the record is not the cause. */
function reasonsOf(error: JobsError): readonly string[] {
  if (!isJobsError(error, "signature_mismatch")) throw error;
  return (error as SignatureError).issues.map(({ kind, path, expected }) => {
    const name = path.slice(1);
    return kind === "invalid" ? `${name} must be ${expected ?? "valid"}` : `${kind} ${name}`;
  });
}

async function fetchJson(url: string): Promise<unknown> {
  try {
    const response = await fetch(url);
    if (response.ok) return await response.json();
    throw new Error(`the answer was ${response.status}`);
  } catch (cause) {
    throw new ConfigError("INPUT cannot be fetched as JSON.", { cause, hint: "Is its server running?" });
  }
}
