import type { CoordinationStore } from "../coordination/coordination-store.ts";
import type { Envelope } from "../envelope/envelope.ts";
import type { CompletionStep } from "../job/completion.ts";
import type { EnqueuedJob } from "../job/enqueue.ts";
import type { Producer } from "../producer/producer.ts";
import { derivedId } from "../runtime/ids.ts";
import { isStoredMoment } from "../runtime/moment.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Schedule } from "./schedule.ts";
import { createTickRecords } from "./tick-records.ts";

/** Headers that identify the tick of a job. Handlers find in them the time at which it was due. */
const SCHEDULE_HEADER = "jobs-schedule";
const TICK_HEADER = "jobs-tick";

/** The tick of a job. */
export interface TickOfJob {
  readonly schedule: string;
  /** ms since 1970. */
  readonly tick: number;
}

/** Sends the job of a tick. It has the same id from every worker, and is added only once while it is stored. */
export function sendTick(
  producer: Producer,
  schedule: Schedule,
  tick: number,
  prefix: string,
): Promise<EnqueuedJob> {
  const { name, task, params, options } = schedule;
  const headers = {
    ...options.headers,
    [SCHEDULE_HEADER]: name,
    [TICK_HEADER]: new Date(tick).toISOString(),
  };
  const id = derivedId(`${prefix}schedule`, name, String(tick));
  return producer.enqueue(task, params, { ...options, headers, id });
}

/** The tick of a job, if any. */
export function tickOf({ headers }: Envelope): TickOfJob | undefined {
  const schedule = headers?.[SCHEDULE_HEADER];
  const tick = headers?.[TICK_HEADER];
  if (schedule === undefined || !isStoredMoment(tick)) return undefined;
  return { schedule, tick: Date.parse(tick) };
}

/**
 * The completion step that marks the tick of a job as sent. The sender does it too, but may be killed before: a
 * completed job must not be sent once more. An error of the coordination store does not delay the job.
 */
export function finishTickStep(
  appCoordination: CoordinationStore,
  { report, limited }: Pick<Runtime, "report" | "limited">,
): CompletionStep {
  const coordination = createTickRecords(appCoordination);
  return {
    name: "schedule",
    concerns: (envelope) => envelope.headers !== undefined && tickOf(envelope) !== undefined,
    async complete({ envelope }) {
      const job = tickOf(envelope);
      if (job === undefined) return;
      await coordination.finish(job.schedule, job.tick, "sent").catch((error: unknown) => {
        const reported = { source: "store", err: error, schedule: job.schedule } as const;
        report(reported, "a tick cannot be marked as sent; the job goes on", limited.warn);
      });
    },
  };
}
