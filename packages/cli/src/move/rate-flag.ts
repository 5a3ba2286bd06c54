import { Flags } from "../base/oclif.ts";
import { CliError } from "../output/cli-error.ts";

const FORM = /^(?<count>\d{1,9})(?:\/(?<unit>s|m))?$/;

/** A rate on the command line, in jobs a second. */
export const rateFlag = Flags.custom<number>({
  helpValue: "RATE",
  parse: async (written) => {
    const { count = "0", unit = "s" } = FORM.exec(written)?.groups ?? {};
    const rate = Number(count) / (unit === "m" ? 60 : 1);
    if (rate > 0) return rate;
    throw new CliError("usage", "must be a number of jobs in a second or a minute, above 0.", {
      hint: "Write 500/s or 600/m.",
    });
  },
});
