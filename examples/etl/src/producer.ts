import { sqlite } from "@jobs/adapter-sqlite";
import { createApp, isJobsError } from "@jobs/core";
import { enqueueFilms, fetchFilms } from "./enqueue-films.ts";
import { readSettings } from "./settings.ts";
import { etlProcess, etlWrite } from "./tasks.ts";
import { workFolder } from "./work-folder.ts";

// Runs as a separate process. It loads the contracts without the handlers, and reports on stdout what it accepted.
const settings = readSettings(process.env);
const { folder, limit, input = "" } = settings;
const files = workFolder(folder);
await using app = createApp({
  tasks: [etlProcess, etlWrite],
  broker: sqlite({ file: files.database }),
});

try {
  const films = await fetchFilms(input);
  const enqueued = await enqueueFilms(app, films.slice(0, limit), settings);
  process.stdout.write(`${JSON.stringify(enqueued)}\n`);
} catch (error) {
  if (!isJobsError(error)) throw error;
  process.stderr.write(`${error.message} ${error.hint ?? ""}\n`);
  process.exitCode = error.code === "broker_unavailable" ? 69 : 78;
}
