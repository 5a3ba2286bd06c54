import { isJobsError } from "@jobs/core";
import { CliError } from "../output/cli-error.ts";
import { Flags } from "./oclif.ts";

/** `--cursor`: where an earlier list ended. */
export const CURSOR_FLAG = {
  cursor: Flags.string({ description: "Continue after an earlier list.", helpValue: "CURSOR" }),
};

/** The value of `page`, which was read from `cursor` on. @throws CliError `usage` where the cursor was refused */
export async function fromCursor<T>(cursor: string | undefined, page: Promise<T>): Promise<T> {
  try {
    return await page;
  } catch (error) {
    if (cursor === undefined || !isJobsError(error, "invalid_config")) throw error;
    throw new CliError("usage", `--cursor cannot be used: ${error.message}`, {
      cause: error,
      hint: "Copy it from the end of the earlier list, or leave --cursor out to begin with the first page.",
    });
  }
}
