import type { Clock } from "./clock.ts";

/** npm and process groups deliver one Ctrl-C twice; a second signal this soon is the same one, in ms. */
export const SAME_SIGNAL_MS = 1_000;

/** SIGHUP means that the terminal was closed. It ends Node even under nohup. */
const STOP_SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/** What asks a process to end. */
export type StopSignal = (typeof STOP_SIGNALS)[number];

/** Callbacks for signals. */
export interface StopSignalEvents {
  /** The first signal. */
  onStop(signal: StopSignal): void;
  /** A second signal that is not a repetition of the first. */
  onForce(): void;
  readonly clock: Pick<Clock, "monotonic" | "schedule">;
}

/** Shared by all copies of this package in one process, so that each can see whether a listener exists. */
const LISTENERS = Symbol.for("@jobs/core/stop-signals");

type Listener = (signal: StopSignal) => void;

/**
 * Handles the signals that ask this process to end, until the result is called. Repetitions of the first signal are
 * still handled after that. An idle worker may end sooner, and the repetition would kill it while it closes.
 */
export function listenToStopSignals({ onStop, onForce, clock }: StopSignalEvents): () => void {
  let firstAt: number | undefined;
  let isReleased = false;
  const unlisten = addListener((signal) => {
    if (firstAt === undefined) {
      firstAt = clock.monotonic();
      onStop(signal);
    } else if (!isReleased && clock.monotonic() - firstAt >= SAME_SIGNAL_MS) onForce();
  });
  return () => {
    isReleased = true;
    const echoMs = firstAt === undefined ? 0 : firstAt + SAME_SIGNAL_MS - clock.monotonic();
    if (echoMs > 0) clock.schedule(echoMs, unlisten);
    else unlisten();
  };
}

/** The process has one listener for each signal, for all its workers and hosts. */
function addListener(listener: Listener): () => void {
  const listeners = sharedListeners();
  if (listeners.size === 0) for (const signal of STOP_SIGNALS) process.on(signal, onSignal);
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) for (const signal of STOP_SIGNALS) process.off(signal, onSignal);
  };
}

function onSignal(signal: NodeJS.Signals): void {
  for (const listener of [...sharedListeners()]) listener(signal as StopSignal);
}

function sharedListeners(): Set<Listener> {
  const shared = globalThis as { [LISTENERS]?: Set<Listener> };
  shared[LISTENERS] ??= new Set();
  return shared[LISTENERS];
}
