import { type ReadText, readTextFile, readTextStream } from "../input/read-text.ts";
import { CliError } from "../output/cli-error.ts";

/** Where values written as `@…` come from. */
export interface ParamSources {
  /** The whole text of a file, or why it cannot be read. */
  file(path: string): Promise<ReadText>;
  /** The whole of stdin; a second call is an error, since the text is gone. */
  stdin(): Promise<ReadText>;
}

/** Files of this machine and stdin of this process. */
export function processSources(): ParamSources {
  let isStdinRead = false;
  return {
    file: readTextFile,
    async stdin() {
      if (isStdinRead) throw new CliError("usage", "stdin can be read for one parameter only.");
      isStdinRead = true;
      return readTextStream(process.stdin);
    },
  };
}

/**
 * The text behind `@path` or `@-`; other text is itself. `@@` at the start is a plain `@`.
 * @throws CliError `refused` for what cannot be read, or is no text
 */
export async function readSource(written: string, name: string, sources: ParamSources): Promise<string> {
  if (!written.startsWith("@")) return written;
  if (written.startsWith("@@")) return written.slice(1);
  const path = written.slice(1);
  if (path === "-") return readStdin(name, sources);
  const read = await sources.file(path);
  if (read.status === "ok") return read.text;
  // The path is not quoted: it may be a password that begins with @.
  throw new CliError("refused", `the file for ${name} cannot be read: ${read.reason}.`, {
    // An object of JSON never starts with @.
    hint:
      name === "--params"
        ? "Correct the path after @."
        : `Correct the path after ${name}=@, or write @@ for a text that starts with @.`,
  });
}

/** The text on stdin. @throws CliError `refused` for what is no text */
export async function readStdin(name: string, sources: ParamSources): Promise<string> {
  const read = await sources.stdin();
  if (read.status === "ok") return read.text;
  throw new CliError("refused", `stdin cannot be read for ${name}: ${read.reason}.`);
}
