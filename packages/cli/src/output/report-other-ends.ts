import { CliError } from "./cli-error.ts";
import { EXIT } from "./exit-codes.ts";
import { endProcess, exit } from "./exit-process.ts";
import { reportError } from "./report-error.ts";

/** Node's status for a top-level await that never settles. */
const UNSETTLED = 13;

/**
 * Until the returned function is called, reports an end of the process that the command has not decided: its work is
 * not done, so such an end must be neither silent nor a success. Code of the app can call `process.exit`, or wait for
 * what never comes. An uncaught error is reported by Node itself.
 */
export function reportOtherEnds(argv: readonly string[]): () => void {
  const isUncaught = () => {
    // A worker listens, and goes on.
    if (process.listenerCount("uncaughtException") === 0) exit.isMeant = true;
  };
  const isIdle = () => endProcess(reportError(nothingToWaitFor(), argv));
  const isExit = (code: number) => {
    if (exit.isMeant) return;
    const reported = reportError(exitCalled(code), argv);
    process.exitCode = code === EXIT.ok || code === UNSETTLED ? reported : code;
  };
  process.on("uncaughtExceptionMonitor", isUncaught).on("beforeExit", isIdle).on("exit", isExit);
  return () => {
    process.off("uncaughtExceptionMonitor", isUncaught).off("beforeExit", isIdle).off("exit", isExit);
  };
}

function nothingToWaitFor(): CliError {
  return new CliError("internal", "the command is not done, and nothing is left that could go on with it.", {
    hint: "A promise in the app never settles: look for a top-level await, a handler or a hook without an end.",
  });
}

function exitCalled(code: number): CliError {
  return new CliError(
    "internal",
    `code of the app called process.exit(${code}) before the command was done.`,
    {
      hint: "Throw an error instead. Jobs that were running run again when their leases have ended.",
    },
  );
}
