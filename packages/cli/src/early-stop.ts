import { endProcess } from "./output/exit-process.ts";
import { restoreTerminal } from "./output/terminal.ts";

/** Signals that ask a process to end, with their numbers for the exit status. */
const STOP_SIGNALS = { SIGTERM: 15, SIGINT: 2, SIGHUP: 1 } as const;

/** Commands that run until they are asked to stop. A stop is their usual end, with status 0. */
const LONG_RUNNING = ["worker", "relay", "monitor", "events", "top", "dash"];

/** Where core stores its listeners for stop signals; see `listenToStopSignals`. */
const LISTENERS = Symbol.for("@jobs/core/stop-signals");

/**
 * Handles SIGTERM, SIGINT and SIGHUP before other code is loaded, until a worker handles them. The kernel drops signals
 * that the first process of a container does not handle, and loading an app may take long.
 */
export function endOnStopSignals(argv: readonly string[]): void {
  // A host checks how its processes end, so they must not end here.
  if (argv.includes("--hosted")) return;
  const [command = ""] = argv.filter((word) => !word.startsWith("-"));
  const isServing = argv.some((word) => word.startsWith("--metrics-port"));
  const isWatching = command === "stats" && argv.some((word) => /^--watch(=|$)/.test(word));
  const isEndless = isServing || isWatching || LONG_RUNNING.includes(command);
  const isLongRunning = isEndless && !argv.includes("--print-grace");
  for (const [signal, number] of Object.entries(STOP_SIGNALS) as [keyof typeof STOP_SIGNALS, number][]) {
    const end = () => {
      if (isHeard()) return;
      if (isLongRunning) endProcess(0);
      process.off(signal, end);
      restoreTerminal();
      // Shells check which signal has ended a command. The first process of a container cannot end itself by a
      // signal.
      process.kill(process.pid, signal);
      endProcess(128 + number);
    };
    process.on(signal, end);
  }
}

function isHeard(): boolean {
  return ((globalThis as { [LISTENERS]?: ReadonlySet<unknown> })[LISTENERS]?.size ?? 0) > 0;
}
