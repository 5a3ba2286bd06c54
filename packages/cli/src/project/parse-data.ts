import { extname } from "node:path";
import { ConfigError, describeThrown } from "@jobs/core";

/** Parses a configuration file that is data. @throws ConfigError naming file and line. */
export async function parseData(path: string, name: string, text: string): Promise<unknown> {
  const plain = extname(path) === ".json" ? plainJson(text) : undefined;
  if (plain !== undefined) return plain;
  const parse = await parserFor(extname(path), name);
  try {
    return parse(text) ?? {};
  } catch (cause) {
    const { line, reason } = describeParseError(cause);
    throw new ConfigError(
      `${name}${line === undefined ? "" : `:${line}`}: the file cannot be read: ${reason}.`,
      {
        cause,
      },
    );
  }
}

/** The value, if the text is JSON and no more: then there is no need to load a parser, which takes longer than anything else here. */
function plainJson(text: string): unknown {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return undefined;
  }
}

/** Each parser is loaded only for its format. */
async function parserFor(extension: string, name: string): Promise<(text: string) => unknown> {
  switch (extension) {
    case ".json": {
      // A superset of JSON: comments and trailing commas pass, and errors know their line.
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
        hint: "Use .ts, .mts, .js, .mjs, .json, .yaml, .toml or .ini.",
      });
  }
}

/** The three parsers tell line and reason in three ways. */
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
