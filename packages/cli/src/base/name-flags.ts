import { isJobId, JOB_ID_FORM } from "@jobs/core/broker";
import { nameReader } from "@jobs/core/config";
import { CliError } from "../output/cli-error.ts";
import { Args, Flags } from "./oclif.ts";

/*
 * Names and ids on the command line. A name that no broker accepts is a wrong command line: exit 2, before a broker is
 * opened. In code and in settings core refuses it as `invalid_config`.
 */

const readName = { parse: async (written: string) => checked(nameReader.read(written), nameReader.expected) };

const readId = {
  parse: async (written: string) => checked(isJobId(written) ? written : undefined, JOB_ID_FORM),
};

/** Messages of other systems may have any id. */
const readText = {
  parse: async (written: string) => checked(written === "" ? undefined : written, "at least one character"),
};

function checked(read: string | undefined, expected: string): string {
  if (read === undefined) throw new CliError("usage", `must be ${expected}.`);
  return read;
}

/** A queue or a domain, without prefix. */
export const nameFlag = Flags.custom<string>({ helpValue: "QUEUE", ...readName });

/** The id of a new job. */
export const newIdFlag = Flags.custom<string>({ helpValue: "ID", ...readId });

/** A text that is not empty. */
export const textFlag = Flags.custom<string>(readText);

/** A queue, without prefix. */
export const nameArg = Args.custom<string>({ ignoreStdin: true, ...readName });

/** The id of a job that may be there. */
export const idArg = Args.custom<string>({ ignoreStdin: true, ...readText });

/** Which queues a command looks at. */
export const QUEUES_FLAG = {
  queues: nameFlag({
    description: "Queues to read. Default: all of the app.",
    helpValue: "a,b",
    multiple: true,
    delimiter: ",",
    multipleNonGreedy: true,
  }),
};

/** One queue. It has no default, so that no command changes a queue by mistake. */
export const QUEUE_ARG = {
  queue: nameArg({ description: "The queue, without prefix.", required: true }),
};
