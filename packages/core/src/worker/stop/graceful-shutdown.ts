import { JobAbortedError } from "../../errors/run-errors.ts";
import type { Gate } from "../../runtime/gate.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { Engine } from "../engine.ts";
import type { WorkerCounters } from "../worker-report.ts";

/** How long before the end of the grace period handlers are aborted, in ms; half of a shorter one. */
const NOTICE_MS = 5_000;

/** How long the last releases, and closing, may take after the grace period, in ms. */
const LAST_MS = 2_000;

/** The parts of a worker that are shut down. */
export interface ShutdownParts {
  readonly runtime: Runtime;
  readonly engine: Engine;
  readonly counters: WorkerCounters;
  readonly gate: Gate;
  /** Time from the request to the last release, in ms. */
  readonly graceMs: number;
  /** Whether a second request has asked to end at once. */
  isForced(): boolean;
}

/**
 * What happens on SIGTERM, and on `worker.stop()`. Polls in flight end, and their messages are released. Handlers
 * continue with heartbeats. Shortly before the end of the grace period their signal aborts. At its end all unfinished
 * jobs are released. It has a time limit.
 */
export async function shutDown(parts: ShutdownParts): Promise<void> {
  const { engine, gate, graceMs } = parts;
  const { pollers } = engine;
  const isDone = () => engine.isQuiet && pollers.every((poller) => poller.state === "stopped");
  const isOver = () => isDone() || parts.isForced();
  const noticeMs = Math.min(NOTICE_MS, graceMs / 2);
  engine.refuse();
  await gate.until(isOver, graceMs - noticeMs);
  if (!isDone()) {
    interruptAll(parts);
    await gate.until(isOver, noticeMs);
  }
  if (!isDone()) {
    for (const run of [...engine.runs()]) {
      if (!run.isEnding) parts.counters.cutOff++;
      run.abandon();
    }
    for (const poller of pollers) poller.inFlight.acks.giveUp();
    await gate.until(() => engine.isQuiet, LAST_MS);
  }
  await closeAll(parts);
}

function interruptAll({ engine, isForced }: ShutdownParts): void {
  const error = new JobAbortedError(isForced() ? "forced" : "shutdown");
  for (const run of [...engine.runs()]) {
    if (!run.isEnding) run.interrupt({ kind: "shutdown", error });
  }
}

async function closeAll({ engine: { pollers }, runtime, gate }: ShutdownParts): Promise<void> {
  let open = pollers.length;
  for (const poller of pollers) {
    poller
      .close()
      .catch((error: unknown) =>
        runtime.report(
          { source: "broker", err: error, queue: poller.inFlight.queue },
          "a consumer did not close",
        ),
      )
      .finally(() => {
        open--;
        gate.notify();
      });
  }
  await gate.until(() => open === 0, LAST_MS);
}
