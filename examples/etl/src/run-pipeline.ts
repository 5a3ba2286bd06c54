import { sqlite } from "@jobs/adapter-sqlite";
import { type App, createApp } from "@jobs/core";
import type { Environment } from "@jobs/core/config";
import { addsUp, countRun } from "./count-run.ts";
import type { EnqueueCounts } from "./enqueue-films.ts";
import type { Progress } from "./progress.ts";
import { beginRun, endRun } from "./run-state.ts";
import { runTable } from "./run-table.ts";
import { type QueueLengths, runWorkers } from "./run-workers.ts";
import { serveFilms } from "./serve-films.ts";
import type { Settings } from "./settings.ts";
import { runProducer } from "./supervise.ts";
import { etlProcess, etlWrite } from "./tasks.ts";
import { type WorkFolder, workFolder } from "./work-folder.ts";

/** What one run of the pipeline needs. */
export interface PipelineRun {
  readonly env: Environment;
  readonly settings: Settings;
  readonly progress: Progress;
  /** Aborts to stop the run early. */
  readonly signal: AbortSignal;
}

/** Serves, produces, works and counts. Resolves with 0 when the numbers add up or the run was stopped. */
export async function runPipeline(run: PipelineRun): Promise<number> {
  const { settings, progress, signal } = run;
  const files = workFolder(settings.folder);
  if (beginRun(files, settings) === "resumed")
    progress.say("The last run was interrupted: going on where it stood.");
  const produced = await produce(run);
  if (signal.aborted) return interrupted(progress);
  if (produced.status === "failed") return produced.code;
  const { enqueued } = produced;
  progress.say(`Accepted ${enqueued.accepted} records. Why others were refused: ${files.refusals}`);
  await using app = createApp({
    tasks: [etlProcess, etlWrite],
    broker: sqlite({ file: files.database }),
  });
  const code = await work(run, app, enqueued);
  if (signal.aborted) return interrupted(progress);
  if (code === 0) return await conclude(app, enqueued, files);
  progress.say(`A worker process ended with status ${code}; ${files.log} says why.`);
  return code;
}

type Produced =
  | { readonly status: "produced"; readonly enqueued: EnqueueCounts }
  | { readonly status: "failed"; readonly code: number };

/** Runs a producer that fetches and enqueues the films. Without INPUT, it serves the films during that time. */
async function produce({ env, settings, signal }: PipelineRun): Promise<Produced> {
  await using server = settings.input === undefined ? await serveFilms() : undefined;
  const producer = await runProducer(server === undefined ? env : { ...env, INPUT: server.url }, signal);
  if (producer.code !== 0) return { status: "failed", code: producer.code ?? 1 };
  return { status: "produced", enqueued: JSON.parse(producer.stdout) as EnqueueCounts };
}

function work(
  { env, settings, progress, signal }: PipelineRun,
  app: App,
  enqueued: EnqueueCounts,
): Promise<number> {
  return runWorkers({
    workers: settings.workers,
    surroundings: {
      env,
      log: workFolder(settings.folder).log,
      signal,
      onLost: (cause) => progress.say(`A worker process was lost (${cause}); another takes its place.`),
    },
    lengths: () => queueLengths(app),
    onProgress: (lengths) => progress.show(stateText(lengths, enqueued)),
  }).finally(() => progress.clear());
}

async function conclude(app: App, enqueued: EnqueueCounts, files: WorkFolder): Promise<number> {
  const counts = await countRun(app, files);
  endRun(files);
  process.stdout.write(`\n${runTable(enqueued, counts)}\nOutput: ${files.output}\n`);
  return addsUp(enqueued, counts) ? 0 : 1;
}

function interrupted(progress: Progress): number {
  progress.say("Interrupted. Nothing is lost: the next start goes on from here.");
  return 0;
}

async function queueLengths(app: App): Promise<QueueLengths> {
  const [etl, output] = await Promise.all(
    ["etl", "output"].map(async (name) => (await app.queue(name)).stats()),
  );
  const count = (of: { readonly n: number | null } | undefined) => of?.n ?? 0;
  return {
    ready: count(etl?.ready),
    retrying: count(etl?.delayed),
    running: count(etl?.leased),
    writing: count(output?.ready) + count(output?.delayed) + count(output?.leased),
    dead: count(etl?.dead) + count(output?.dead),
  };
}

function stateText(
  { ready, retrying, running, writing, dead }: QueueLengths,
  { accepted }: EnqueueCounts,
): string {
  const done = accepted - ready - retrying - running - writing - dead;
  return `${done} done · ${running} running · ${retrying} delayed · ${ready} waiting · ${dead} dead`;
}
