import type { App, LifecycleEvent } from "@jobs/core";
import { type Envelope, MONITOR_TASK, readEnvelope } from "@jobs/core/broker";
import type { Rehearsal, RehearsedJob } from "@jobs/core/runtime";
import { confirm } from "../output/confirm.ts";
import { during } from "../output/exit-process.ts";
import { openApp } from "../project/open-app.ts";
import type { FlagSettings } from "../project/open-project.ts";

/** A job that a handler would have enqueued. */
export interface FollowUp extends Pick<Envelope, "task" | "id" | "params"> {
  /** Name of the queue without prefix. */
  readonly queue: string;
}

/** A line of `ctx.log`. */
export type LogLine = Pick<Extract<LifecycleEvent, { type: "job.log" }>, "level" | "message" | "fields">;

/** A job that was run here. */
export interface RehearsedRun {
  readonly outcome: Rehearsal;
  /** What it enqueued by `ctx.enqueue`. Nothing of it was sent. */
  readonly followUps: readonly FollowUp[];
  readonly log: readonly LogLine[];
}

/** An app that reads its broker and stores, and writes nothing to them. */
export interface OpenedRehearsal extends AsyncDisposable {
  readonly app: App;
  /** Jobs that were enqueued past the context, by the app itself. Nothing of them was sent. */
  readonly elsewhere: readonly FollowUp[];
  /** Runs one job, and collects what it does by its context. */
  run(job: RehearsedJob): Promise<RehearsedRun>;
}

/**
 * Opens the app of the project so that handlers can run in it, also those that import the app from its module. Reads
 * are passed on; sends are collected.
 */
export async function openRehearsal(flags: FlagSettings): Promise<OpenedRehearsal> {
  const { dryRun } = await import("@jobs/core/runtime");
  const byParent = new Map<string, FollowUp[]>();
  const elsewhere: FollowUp[] = [];
  const logs = new Map<string, LogLine[]>();
  let prefix = "";
  const opened = await openApp({
    flags,
    use: "look",
    async decorate(definition) {
      prefix = definition.config.queuePrefix;
      return dryRun(definition, (queue, messages) => {
        for (const { id, body, label } of messages) {
          // Jobs that carry events to a monitor are no work of a handler.
          const envelope = label === MONITOR_TASK ? undefined : readEnvelope({ body, messageId: id });
          if (envelope === undefined) continue;
          const { task, params, parent } = envelope;
          const job = { task, id, params, queue: queue.slice(prefix.length) };
          (byParent.get(parent ?? "") ?? elsewhere).push(job);
        }
      });
    },
  });
  const { app } = opened;
  app.observe((event) => {
    if (event.type !== "job.log") return;
    const { level, message, fields } = event;
    logs.get(event.job.id)?.push({ level, message, fields });
  });
  return {
    app,
    elsewhere,
    async run(job) {
      const { id, task } = job.envelope;
      const followUps: FollowUp[] = [];
      const log: LogLine[] = [];
      byParent.set(id, followUps);
      logs.set(id, log);
      const outcome = await during({ type: "job", name: task }, () => app.rehearse(job));
      byParent.delete(id);
      logs.delete(id);
      return { outcome, followUps, log };
    },
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}

/** Asks before handlers run with jobs of production: what they do is real. */
export function confirmEffects(what: string, isYes: boolean): Promise<void> {
  return confirm(`Run ${what} here? What the handler does is real, such as mails and writes.`, {
    isYes,
    hint: "Add --yes to do it.",
  });
}
