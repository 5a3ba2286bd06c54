import { JobAbortedError } from "../../errors/run-errors.ts";
import type { Gate } from "../../runtime/gate.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { Engine } from "../engine.ts";
import type { WorkerCounters } from "../worker-report.ts";

/** How long before the end of the grace handlers are told to stop, in ms; half of a shorter grace. */
const NOTICE_MS = 5_000;

/** How long the last releases, and closing, may take after the grace, in ms. */
const LAST_MS = 2_000;

/** What a shutdown works on. */
export interface ShutdownParts {
  readonly runtime: Runtime;
  readonly engine: Engine;
  readonly counters: WorkerCounters;
  readonly gate: Gate;
  readonly graceMs: number;
  /** A second request that wants it now. */
  isForced(): boolean;
}

/**
 * The graceful stop: polls in flight end and what they bring is released; handlers go on with heartbeats; shortly
 * before the end of the grace their signal aborts; at its end everything unfinished is released. Bounded in time.
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
    poller.consumer
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
