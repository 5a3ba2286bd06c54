import { extname } from "node:path";
import { ConfigError, isJobsError } from "@jobs/core";
import { describeThrown } from "@jobs/core/runtime";
import { readJson } from "../input/read-json.ts";
import { CONFIG_EXTENSIONS } from "./config-file.ts";

/** Parses a configuration file that is data. @throws ConfigError naming file and line. */
export async function parseData(path: string, name: string, text: string): Promise<unknown> {
  const plain = extname(path) === ".json" ? plainJson(text, name) : undefined;
  if (plain !== undefined) return plain;
  const parse = await parserFor(extname(path), name);
  try {
    const value = parse(text) ?? {};
    refuseRounded(value, name);
    return value;
  } catch (cause) {
    if (isJobsError(cause)) throw cause;
    const { line, reason } = describeParseError(cause);
    throw new ConfigError(
      `${name}${line === undefined ? "" : `:${line}`}: the file cannot be read: ${reason}.`,
      {
        cause,
      },
    );
  }
}

/**
 * The value of plain JSON, or of JSON with comments. These need no further parser, which would take most of the time
 * to load. @throws ConfigError for what reading would change
 */
function plainJson(text: string, name: string): unknown {
  const read = readJson(text);
  const plain = read.status === "refused" && !read.isJson ? readJson(withoutComments(text)) : read;
  if (plain.status === "ok") return plain.value ?? {};
  if (!plain.isJson) return undefined;
  throw new ConfigError(`${name}: the file cannot be read: ${plain.reason}.`, {
    hint: "Write each key once, and a number that is too long as a text.",
  });
}

/** JSON with its comments and its commas before a closing bracket left out; texts stay as they are. */
function withoutComments(text: string): string {
  let plain = "";
  let at = 0;
  while (at < text.length) {
    const end = endOfPart(text, at);
    const part = text.slice(at, end);
    if (part.startsWith("//") || part.startsWith("/*")) plain += " ";
    else if ((part === "}" || part === "]") && /,\s*$/.test(plain.slice(-200)))
      plain = `${plain.slice(0, plain.lastIndexOf(","))}${part}`;
    else plain += part;
    at = end;
  }
  return plain;
}

/** The end of the text, comment or character that begins at `at`. */
function endOfPart(text: string, at: number): number {
  const start = text.slice(at, at + 2);
  if (start === "//") return orEnd(text, text.indexOf("\n", at));
  if (start === "/*") return orEnd(text, text.indexOf("*/", at + 2) + 2, 1);
  if (!start.startsWith('"')) return at + 1;
  let end = at + 1;
  while (end < text.length && text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
  return end + 1;
}

function orEnd(text: string, found: number, none = -1): number {
  return found === none ? text.length : found;
}

/** YAML and TOML allow numbers that JavaScript rounds. @throws ConfigError naming the key */
function refuseRounded(value: unknown, name: string, path = "", seen = new Set<object>()): void {
  if (typeof value === "bigint" || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
    throw new ConfigError(`${name}: ${path} is a number that cannot be read exactly.`, {
      hint: "Write it as a text, in quotes.",
    });
  }
  if (typeof value !== "object" || value === null || seen.has(value)) return;
  seen.add(value);
  for (const [key, member] of Object.entries(value)) {
    refuseRounded(member, name, path === "" ? key : `${path}.${key}`, seen);
  }
}

/** Each parser is loaded only for its format. */
async function parserFor(extension: string, name: string): Promise<(text: string) => unknown> {
  switch (extension) {
    case ".json": {
      // A superset of JSON: it allows comments and trailing commas, and its errors name the line.
      const { parseJSON5 } = await import("confbox/json5");
      return parseJSON5;
    }
    case ".yaml":
    case ".yml": {
      const { parseYAML } = await import("confbox/yaml");
      return parseYAML;
    }
    case ".toml": {
      const { parseTOML } = await import("confbox/toml");
      return parseTOML;
    }
    case ".ini": {
      const { parseINI } = await import("confbox/ini");
      return parseINI;
    }
    default:
      throw new ConfigError(`${name}: ${extension || "no extension"} is not a known configuration format.`, {
        hint: `Use ${CONFIG_EXTENSIONS.slice(0, -1).join(", ")} or ${CONFIG_EXTENSIONS.at(-1)}.`,
      });
  }
}

/** The three parsers report line and reason in three forms. */
function describeParseError(cause: unknown): { readonly line: number | undefined; readonly reason: string } {
  const { lineNumber, line, mark, reason, message } = cause as {
    readonly lineNumber?: number;
    readonly line?: number;
    readonly mark?: { readonly line: number };
    readonly reason?: string;
    readonly message?: string;
  };
  const [firstLine = ""] = (reason ?? message ?? describeThrown(cause)).split("\n");
  const found = lineNumber ?? line ?? (mark === undefined ? undefined : mark.line + 1);
  return { line: found, reason: firstLine.replace(/^JSON5: | at \d+:\d+$|\.$/g, "") };
}
