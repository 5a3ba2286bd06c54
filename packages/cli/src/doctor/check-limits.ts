import type { Capabilities, Diagnosis } from "@jobs/core/broker";
import { countOf, formatDuration, type TaskSettings, type WorkerSettings } from "@jobs/core/config";
import { longestDelayMs } from "./longest-life.ts";

/** A task of the queue with its settings. */
export interface QueueTask {
  readonly name: string;
  readonly settings: TaskSettings;
}

/** What a worker would do with a queue. */
export interface CheckedQueue {
  readonly capabilities: Capabilities;
  readonly tasks: readonly QueueTask[];
  readonly worker: WorkerSettings;
}

/** Deliveries beyond the attempts that holds and crashes may need, before the broker itself sets a job aside. */
const SPARE_DELIVERIES = 5;

/** Compares the declared capabilities of a queue with the settings of the worker and the tasks. */
export function checkLimits(queue: CheckedQueue): readonly Diagnosis[] {
  const perTask = queue.tasks.flatMap((task) => [
    checkAttempts(queue.capabilities, task),
    checkTimeout(queue.capabilities, task),
    checkRetryDelay(queue.capabilities, task),
  ]);
  return [checkDeadLetters(queue), checkLease(queue), ...perTask].filter((finding) => finding !== undefined);
}

function checkDeadLetters({ capabilities, worker }: CheckedQueue): Diagnosis {
  const check = "dead_letters";
  if (capabilities.deadLetter !== false) return { check, status: "ok", message: "dead letters are kept." };
  if (worker.onExhausted === "drop") {
    return {
      check,
      status: "warning",
      message: "there is no dead-letter queue: exhausted jobs are dropped, as onExhausted says.",
    };
  }
  return {
    check,
    status: "failed",
    message: "there is no dead-letter queue, so no worker starts: an exhausted job would be lost.",
    hint: 'Give the queue a redrive policy, or write onExhausted: "drop" into the worker settings.',
  };
}

function checkLease({ capabilities, worker }: CheckedQueue): Diagnosis {
  const { maxMs } = capabilities.lease;
  const lease = formatDuration(worker.leaseMs);
  if (worker.leaseMs <= maxMs)
    return { check: "lease", status: "ok", message: `leases of ${lease} are granted.` };
  return {
    check: "lease",
    status: "failed",
    message: `leases of ${lease} are asked for, but granted for at most ${formatDuration(maxMs)}.`,
    hint: "Shorten the worker's lease.",
  };
}

function checkAttempts(
  { maxDeliveries }: Capabilities,
  { name, settings }: QueueTask,
): Diagnosis | undefined {
  if (maxDeliveries === null) return undefined;
  const check = "attempts";
  const { maxAttempts } = settings;
  const found = `${name} may have ${countOf(maxAttempts, "attempt")}, and the queue sets messages aside after ${countOf(maxDeliveries, "delivery", "deliveries")}`;
  if (maxAttempts > maxDeliveries) {
    return {
      check,
      status: "failed",
      message: `${found}.`,
      hint: `Raise maxReceiveCount, at best to ${maxAttempts + SPARE_DELIVERIES} or more.`,
    };
  }
  if (maxAttempts + SPARE_DELIVERIES > maxDeliveries) {
    const spare = maxDeliveries - maxAttempts;
    return {
      check,
      status: "warning",
      message: `${found}, which leaves ${spare} for holds and crashes.`,
      hint: `Raise maxReceiveCount to ${maxAttempts + SPARE_DELIVERIES} or more.`,
    };
  }
  return { check, status: "ok", message: `${found}.` };
}

function checkTimeout({ lease }: Capabilities, { name, settings }: QueueTask): Diagnosis | undefined {
  const { maxTotalMs } = lease;
  if (maxTotalMs === null) return undefined;
  const check = "timeout";
  const limit = formatDuration(maxTotalMs);
  if (settings.timeoutMs <= maxTotalMs) {
    const timeout = formatDuration(settings.timeoutMs);
    return { check, status: "ok", message: `${name} ends after ${timeout}, and can be leased for ${limit}.` };
  }
  const isOff = settings.timeoutMs === Number.POSITIVE_INFINITY;
  return {
    check,
    status: isOff ? "warning" : "failed",
    message: `${name} may run for ${isOff ? "ever" : formatDuration(settings.timeoutMs)}, but can be leased for ${limit} in all.`,
    hint: "Shorten its timeout: a longer run is delivered to another worker as well.",
  };
}

function checkRetryDelay({ retryDelay }: Capabilities, { name, settings }: QueueTask): Diagnosis | undefined {
  const longestMs = longestDelayMs(settings.backoff);
  if (retryDelay.maxMs === Number.POSITIVE_INFINITY) return undefined;
  const check = "retry_delay";
  const limit = formatDuration(retryDelay.maxMs);
  if (longestMs <= retryDelay.maxMs) {
    return {
      check,
      status: "ok",
      message: `${name} waits ${formatDuration(longestMs)} before a retry at most, of ${limit}.`,
    };
  }
  return {
    check,
    status: "warning",
    message: `${name} may wait ${formatDuration(longestMs)} before a retry; the queue cuts that to ${limit}.`,
    hint: "Shorten its backoff.",
  };
}
