import { sharedState } from "./shared-state.ts";

/** Code of the project that a command runs, and that could end the process. */
export interface Activity {
  readonly type: "load" | "job";
  /** The file, or the task. */
  readonly name: string;
}

/** What is known of this process when it ends. */
export const exit = sharedState(
  "exit",
  (): {
    /** Whether this command has decided to end the process. */
    isMeant: boolean;
    /** Code of the project that runs now, the innermost last. */
    readonly activities: Activity[];
  } => ({ isMeant: false, activities: [] }),
);

/** Ends the process at once, by decision of this command. Any other end is reported, see `reportOtherEnds`. */
export function endProcess(code: number): never {
  exit.isMeant = true;
  process.exit(code);
}

/** Runs code of the project. If that code ends the process, the report names it. */
export async function during<T>(activity: Activity, run: () => Promise<T>): Promise<T> {
  exit.activities.push(activity);
  try {
    return await run();
  } finally {
    exit.activities.splice(exit.activities.lastIndexOf(activity), 1);
  }
}
