import { ConfigError } from "@jobs/core";
import { type EarlyExit, guardExit } from "@jobs/core/runtime";
import { CliError } from "./cli-error.ts";
import { type Activity, exit } from "./exit-process.ts";
import { reportError } from "./report-error.ts";

/**
 * Reports an end of the process that the command did not decide, until the returned function is called. The command's
 * work is not done then, so the end must not be silent or a success. Code of the app can call `process.exit`, or wait
 * for an event that never comes. The status is one of this command's, since that of the app means something else here.
 */
export function reportOtherEnds(argv: readonly string[]): () => void {
  return guardExit((end) =>
    exit.isMeant ? undefined : reportError(errorOf(end, exit.activities.at(-1)), argv),
  );
}

const THROW_INSTEAD =
  "Throw an error instead. Jobs that were running run again when their leases have ended.";

/** The error that says which code ended the process, and how. */
function errorOf({ how, reason }: EarlyExit, activity: Activity | undefined): Error {
  if (how === "thrown") {
    return new CliError("internal", `the command has ended before it was done: ${reason}.`, {
      hint: "Node prints the error on stderr. Catch it where it is thrown, or await the promise.",
    });
  }
  if (activity?.type === "load") {
    return how === "exit"
      ? new ConfigError(`${activity.name}: ${reason} while the file was loaded.`, { hint: THROW_INSTEAD })
      : new ConfigError(`${activity.name}: loading never ends: a top-level await does not settle.`, {
          hint: "Settle the promise, or await it in a handler.",
        });
  }
  const details = activity === undefined ? {} : { task: activity.name };
  const what = activity === undefined ? "the command" : activity.name;
  return new CliError("internal", `${what} has ended before it was done: ${reason}.`, {
    hint:
      how === "exit"
        ? THROW_INSTEAD
        : "A promise never settles: look for a handler or a hook without an end.",
    details,
  });
}
