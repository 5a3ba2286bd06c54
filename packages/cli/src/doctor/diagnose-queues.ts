import { type App, isJobsError, type JobsError } from "@jobs/core";
import { type BrokerQueue, type Diagnosis, fullQueueName, routedQueue } from "@jobs/core/broker";
import { asCalled } from "../base/program.ts";
import { printable } from "../output/printable.ts";
import { checkLimits, type QueueTask } from "./check-limits.ts";
import { longestLifeMs } from "./longest-life.ts";

/** A queue with all that was found about it. */
export interface QueueDiagnosis {
  /** Without prefix. */
  readonly name: string;
  /** On the broker. */
  readonly fullName: string;
  readonly findings: readonly Diagnosis[];
}

/** What to look at. */
export interface DiagnosisOptions {
  /** Without prefix. */
  readonly queues: readonly string[];
  /** The longest delay that jobs are enqueued with, in ms. The caller must say it, since no setting holds it. */
  readonly longestDelayMs: number;
}

/** Inspects each queue. @throws BrokerUnavailableError when the broker does not answer. */
export function diagnoseQueues(app: App, options: DiagnosisOptions): Promise<readonly QueueDiagnosis[]> {
  return Promise.all(
    options.queues.map(async (name) => ({
      name,
      fullName: fullQueueName(app.config.queuePrefix, name),
      findings: await findingsOf(app, name, options.longestDelayMs),
    })),
  );
}

async function findingsOf(app: App, name: string, delayMs: number): Promise<readonly Diagnosis[]> {
  try {
    const queue = await app.queue(name);
    const tasks = tasksOf(app, name);
    const found: Diagnosis = { check: "reachable", status: "ok", message: "the queue exists and answers." };
    const limits = checkLimits({ capabilities: queue.capabilities, tasks, worker: app.config.worker });
    return [found, ...limits, ...checkDelay(queue, delayMs), ...(await ownFindings(queue, tasks, delayMs))];
  } catch (error) {
    if (isJobsError(error, "queue_not_found") || isJobsError(error, "access_denied"))
      return [unreachable(error)];
    throw error;
  }
}

function ownFindings(
  queue: BrokerQueue,
  tasks: readonly QueueTask[],
  delayMs: number,
): Promise<readonly Diagnosis[]> {
  const longestMs = delayMs + Math.max(0, ...tasks.map(({ settings }) => longestLifeMs(settings)));
  return queue.diagnose?.({ longestMs }) ?? Promise.resolve([]);
}

function checkDelay({ capabilities: { delay } }: BrokerQueue, delayMs: number): readonly Diagnosis[] {
  const maxMs = delay === false ? 0 : delay.maxMs;
  if (delayMs <= maxMs) return [];
  const message = `a delay of ${delayMs} ms is asked for, but ${maxMs === 0 ? "there are none" : `the longest is ${maxMs} ms`}.`;
  return [
    { check: "delay", status: "failed", message, hint: "Shorten the delay, or use another queue or broker." },
  ];
}

function unreachable({ message, hint }: JobsError): Diagnosis {
  return { check: "reachable", status: "failed", message, ...(hint === undefined ? {} : { hint }) };
}

function tasksOf({ tasks, config }: App, queue: string): readonly QueueTask[] {
  return tasks.tasks
    .map(({ name }) => ({ name, settings: config.task(name) }))
    .filter(({ settings }) => routedQueue(settings.queue, settings.domain) === queue);
}

const WORD: Readonly<Record<Diagnosis["status"], string>> = {
  ok: "ok",
  failed: "FAIL",
  warning: "warn",
  unknown: "?",
};

/** The width of the longest word, so that messages stand below each other. */
const WIDTH = Math.max(...Object.values(WORD).map(({ length }) => length));

/** A diagnosis for people: one line for each finding, and below it what to do. */
export function* diagnosisLines(
  diagnosis: Pick<QueueDiagnosis, "name" | "findings"> & Partial<QueueDiagnosis>,
): Generator<string> {
  const { name, fullName = name, findings } = diagnosis;
  yield name === fullName ? name : `${name} (${fullName})`;
  for (const { status, message, hint } of findings) {
    yield `  ${WORD[status].padEnd(WIDTH)}  ${printable(asCalled(message))}`;
    if (hint !== undefined) yield `  ${" ".repeat(WIDTH)}  Fix: ${printable(asCalled(hint))}`;
  }
}
