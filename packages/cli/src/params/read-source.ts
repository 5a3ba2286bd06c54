import { readFile } from "node:fs/promises";
import { readErrorText } from "@jobs/core";
import { CliError } from "../output/cli-error.ts";

/** Where values written as `@…` come from. */
export interface ParamSources {
  /** The whole text of a file. @throws as `readFile` does. */
  file(path: string): Promise<string>;
  /** The whole of stdin; a second call is an error, since the text is gone. */
  stdin(): Promise<string>;
}

/** Files of this machine and stdin of this process. */
export function processSources(): ParamSources {
  let isStdinRead = false;
  return {
    file: (path) => readFile(path, "utf8"),
    async stdin() {
      if (isStdinRead) throw new CliError("usage", "stdin can be read for one parameter only.");
      isStdinRead = true;
      return readStdin();
    },
  };
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

/** The text behind `@path` or `@-`; other text is itself. `@@` at the start is a plain `@`. */
export async function readSource(written: string, name: string, sources: ParamSources): Promise<string> {
  if (!written.startsWith("@")) return written;
  if (written.startsWith("@@")) return written.slice(1);
  const path = written.slice(1);
  if (path === "-") return sources.stdin();
  try {
    return await sources.file(path);
  } catch (cause) {
    const code = readErrorText(cause, "code") ?? "unreadable";
    throw new CliError("refused", `the file for ${name} cannot be read (${code}).`, {
      cause,
      hint: `Correct the path after ${name}=@, or write @@ for a text that starts with @.`,
    });
  }
}
