import { relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { readErrorText } from "@jobs/core";

/**
 * Where in the user's own files an error arose: `src/app.ts:3`, the first place below `folder` that its message or
 * stack names, relative to the working directory. `undefined` when it names none.
 */
export function placeInFolder(error: unknown, folder: string): string | undefined {
  const text = `${readErrorText(error, "message") ?? ""}\n${readErrorText(error, "stack") ?? ""}`;
  const starts = [pathToFileURL(folder).href, folder].map((start) => start.replace(/[^\w/]/g, "\\$&"));
  const pattern = new RegExp(`(?:${starts.join("|")})[/\\\\](?<file>[^:\\n]+):(?<line>\\d+)`, "g");
  for (const { groups = {} } of text.matchAll(pattern)) {
    const { file = "", line } = groups;
    if (!file.includes("node_modules")) return `${relative(process.cwd(), `${folder}${sep}${file}`)}:${line}`;
  }
  return undefined;
}
