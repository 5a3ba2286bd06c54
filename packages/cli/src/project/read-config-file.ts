import { dirname, extname, relative } from "node:path";
import { ConfigError } from "@jobs/core";
import { readTextFileSync } from "../input/read-text.ts";
import { type ConfigFile, type ConfigFileValues, isCode } from "./config-file.ts";
import { loadModule } from "./load-module.ts";
import type { NormalizedIni } from "./normalize-ini.ts";
import { parseData } from "./parse-data.ts";

/**
 * Reads a configuration file. A file of code is run.
 * @throws ConfigError naming file and line when it is broken.
 */
export async function readConfigFile(path: string, cwd: string): Promise<ConfigFile> {
  const name = relative(cwd, path) || path;
  const file = readTextFileSync(path);
  if (file.status === "refused") throw new ConfigError(`${name}: the file cannot be read: ${file.reason}.`);
  const { text } = file;
  const read = isCode(path) ? await loadDefault(path, name) : await parseData(path, name, text);
  if (typeof read !== "object" || read === null || Array.isArray(read)) {
    throw new ConfigError(`${name}:1: the configuration must be an object: { app: "./app.ts" }.`);
  }
  const isText = extname(path) === ".ini";
  const { values, writtenPath } = isText ? await arranged(read) : asItIs(read);
  return {
    path,
    folder: dirname(path),
    values: values as ConfigFileValues,
    isText,
    where(settingPath) {
      const line = keyPosition(text, writtenPath(settingPath));
      return line === undefined ? name : `${name}:${line}`;
    },
  };
}

async function loadDefault(path: string, name: string): Promise<unknown> {
  const { default: exported } = await loadModule(path, name);
  if (exported !== undefined) return exported;
  throw new ConfigError(`${name}:1: the file has no default export.`, {
    hint: 'Write export default { app: "./app.ts" };',
  });
}

/** All formats but INI have the right shape already. */
function asItIs(read: object): NormalizedIni {
  return { values: read as NormalizedIni["values"], writtenPath: (path) => path };
}

async function arranged(read: object): Promise<NormalizedIni> {
  const { normalizeIni } = await import("./normalize-ini.ts");
  return normalizeIni(read as NormalizedIni["values"]);
}

/**
 * The line of a setting, for messages: that of the last key of `path`, after the lines of its other keys. It searches
 * the text instead of parsing it, which works for every format. A line that is slightly wrong does no harm.
 */
export function keyPosition(text: string, path: string): number | undefined {
  const lines = text.split("\n");
  const keys = path.split(".");
  let line = -1;
  for (const [depth, key] of keys.entries()) {
    const isLast = depth === keys.length - 1;
    const found = lines.findIndex((content, index) => index >= line && writesKey(content, key));
    if (found < 0 && isLast) return line < 0 ? undefined : line + 1;
    if (found >= 0) line = found;
  }
  return line < 0 ? undefined : line + 1;
}

/** `key:`, `"key" =`, `[tasks.key]`, `{ key: …`, but not `other.key =` inside a word. */
function writesKey(line: string, key: string): boolean {
  const escaped = key.replace(/[^A-Za-z0-9_]/g, "\\$&");
  return new RegExp(`(^|[\\s{,\\[.])["']?${escaped}["']?(\\s*[:=]|\\.|\\s*\\])`).test(line);
}
