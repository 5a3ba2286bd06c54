import { relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { capText, readErrorText } from "@jobs/core/runtime";

/** What follows the folder: a file in it, and a line. */
const PLACE = /^[/\\](?<file>[^:\n]+):(?<line>\d+)/;

/**
 * Where in the user's own files an error arose: `src/app.ts:3`, the first place below `folder` that its message or
 * stack names, relative to the working directory. `undefined` when it names none.
 */
export function placeInFolder(error: unknown, folder: string): string | undefined {
  const texts = [readErrorText(error, "message"), readErrorText(error, "stack")];
  const text = texts.map((one = "") => capText(one)).join("\n");
  const starts = [pathToFileURL(folder).href, folder].map((start) => start.replace(/[^\w/]/g, "\\$&"));
  const [, ...behind] = text.split(new RegExp(starts.join("|")));
  for (const part of behind) {
    const { file = "", line } = PLACE.exec(part)?.groups ?? {};
    if (line !== undefined && !file.includes("node_modules"))
      return `${relative(process.cwd(), `${folder}${sep}${file}`)}:${line}`;
  }
  return undefined;
}
