import { sharedState } from "./shared-state.ts";

/** Whether this command has decided to end the process. */
export const exit = sharedState("exit", () => ({ isMeant: false }));

/** Ends the process at once, by decision of this command. Any other end is reported, see `reportOtherEnds`. */
export function endProcess(code: number): never {
  exit.isMeant = true;
  process.exit(code);
}
