import { CliError } from "../output/cli-error.ts";
import { Flags } from "./oclif.ts";

/** `2026-11-22T08:00Z`, with seconds or without, with an offset; without one it is local time. */
const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/;

/** A moment on the command line. */
export const momentFlag = Flags.custom<Date>({
  helpValue: "ISO-TIME",
  parse: async (written) => {
    const moment = new Date(written);
    if (ISO.test(written) && !Number.isNaN(moment.getTime())) return moment;
    throw new CliError("usage", "must be a moment such as 2026-11-22T08:00:00Z.");
  },
});
