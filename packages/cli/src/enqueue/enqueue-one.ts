import type { App, EnqueuedJob, EnqueueOptions } from "@jobs/core";
import { decodeEnvelope, useOfId } from "@jobs/core/broker";
import { withApp } from "../base/with-app.ts";
import { CliError } from "../output/cli-error.ts";
import { EXIT, type ExitCode } from "../output/exit-codes.ts";
import type { Output } from "../output/output.ts";
import { printable } from "../output/printable.ts";
import { parseParams, type WrittenParams } from "../params/parse-params.ts";
import { processSources } from "../params/read-source.ts";
import type { FlagSettings } from "../project/open-project.ts";
import { findJob } from "../queues/find-job.ts";
import { warnOfUnusedRoute } from "../queues/selected-queues.ts";
import { describeResult, printResult } from "../results/print-result.ts";
import { refuseVainWait, waitForLast, withWait } from "./wait-for-results.ts";

/** Flags of `jobs enqueue`. */
export interface EnqueueFlags extends FlagSettings {
  readonly timeout?: number | undefined;
  readonly untyped: boolean;
  readonly "dry-run": boolean;
  readonly queue?: string | undefined;
  readonly domain?: string | undefined;
  readonly in?: number | undefined;
  readonly at?: Date | undefined;
  readonly priority?: number | undefined;
  readonly id?: string | undefined;
  readonly group?: string | undefined;
  readonly attempts?: number | undefined;
  /** In ms. */
  readonly expires?: number | undefined;
  readonly tag?: readonly string[] | undefined;
  readonly wait?: number | undefined;
}

/** One job to send. */
export interface EnqueueRequest {
  readonly task: string;
  readonly written: WrittenParams;
  readonly flags: EnqueueFlags;
}

/** Types, checks and sends one job. */
export async function enqueueOne(request: EnqueueRequest, output: Output): Promise<ExitCode> {
  const flags = withWait(request.flags);
  const sources = processSources();
  if (flags.untyped) {
    const params = await parseParams(request.written, undefined, sources);
    const app = () => untypedApp(request.task, params);
    return withApp({ flags, app }, (opened) => send(opened.app, request, params, output));
  }
  return withApp({ flags }, async ({ app }) => {
    const { signature } = app.tasks.get(request.task);
    const params = await parseParams(request.written, signature, sources);
    warnOfUnusedRoute(app, request.task, flags);
    return send(app, request, params, output);
  });
}

/** An app whose task takes just the given names. It replaces the contract, which is not loaded. */
async function untypedApp(name: string, params: object): Promise<App> {
  const { createApp, defineTask } = await import("@jobs/core");
  return createApp({ tasks: [defineTask(name, Object.keys(params))] });
}

async function send(
  app: App,
  { task, flags }: EnqueueRequest,
  params: Readonly<Record<string, unknown>>,
  output: Output,
): Promise<ExitCode> {
  if (flags.wait !== undefined) refuseVainWait(app);
  const job = await app.enqueueByName(task, params, enqueueOptions(flags));
  const { id, task: name, queue, broker, status } = job;
  if (flags["dry-run"]) {
    if (output.isJson) output.json({ isDryRun: true, task: name, queue });
    else output.line(`would queue ${printable(name)} on ${printable(queue)}`);
    return EXIT.ok;
  }
  if (flags.wait !== undefined) output.note(`queued ${id}`);
  const since = flags.wait === undefined ? undefined : await enqueuedAtOf(job, app);
  const result = await waitForLast(app, { ids: [id], since }, flags.wait);
  if (result !== undefined && result.task !== name) throw otherTask(id, name, result.task);
  if (output.isJson)
    output.json({ id, task: name, queue, broker, status, ...(result && { result: describeResult(result) }) });
  if (result !== undefined) {
    printResult(result, output);
    return EXIT.ok;
  }
  const where = `on ${printable(queue)} (${broker})`;
  if (status === "duplicate") output.line(`nothing sent: a job ${printable(id)} is stored ${where} already`);
  else output.line(`queued ${printable(name)} ${printable(id)} ${where}`);
  return EXIT.ok;
}

/** The id was taken by a job of another task, so waiting for it would be wrong. */
function otherTask(id: string, wanted: string, found: string): CliError {
  return new CliError("refused", `nothing was sent: ${id} is a job of task ${found}, not of ${wanted}.`, {
    hint: "Use another id.",
  });
}

/** When the awaited job was enqueued, in ms since 1970. `undefined` if this is unknown. */
async function enqueuedAtOf(
  { id, queue: name, enqueuedAt }: EnqueuedJob,
  app: App,
): Promise<number | undefined> {
  if (enqueuedAt !== undefined) return enqueuedAt;
  const queue = await app.queue(name);
  if (queue.capabilities.peek !== true) return undefined;
  try {
    const { message } = await findJob([{ name, queue }], id);
    return useOfId(decodeEnvelope(message.body));
  } catch {
    // The job has ended meanwhile, or another system wrote the message.
    return undefined;
  }
}

function enqueueOptions(flags: EnqueueFlags): EnqueueOptions {
  return {
    ...(flags.queue === undefined ? {} : { queue: flags.queue }),
    ...(flags.domain === undefined ? {} : { domain: flags.domain }),
    ...(flags.in === undefined ? {} : { delayMs: flags.in }),
    ...(flags.at === undefined ? {} : { at: flags.at }),
    ...(flags.priority === undefined ? {} : { priority: flags.priority }),
    ...(flags.id === undefined ? {} : { id: flags.id }),
    ...(flags.group === undefined ? {} : { groupKey: flags.group }),
    ...(flags.attempts === undefined ? {} : { maxAttempts: flags.attempts }),
    ...(flags.expires === undefined ? {} : { expiresInMs: flags.expires }),
    ...(flags.tag === undefined ? {} : { tags: flags.tag }),
  };
}
