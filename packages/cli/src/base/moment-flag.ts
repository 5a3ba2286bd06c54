import { MOMENT_FORM, parseMoment } from "@jobs/core/runtime";
import { CliError } from "../output/cli-error.ts";
import { Flags } from "./oclif.ts";

/** A moment on the command line. */
export const momentFlag = Flags.custom<Date>({
  helpValue: "ISO-TIME",
  parse: async (written) => {
    const at = parseMoment(written);
    if (at !== undefined) return new Date(at);
    throw new CliError("usage", `must be ${MOMENT_FORM}.`, {
      hint: "Years are 1970 to 9999; the day must be in the calendar, and the zone be told: Z or an offset.",
    });
  },
});
