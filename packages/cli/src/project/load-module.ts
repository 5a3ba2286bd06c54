import { dirname, extname, relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { ConfigError, isJobsError } from "@jobs/core";
import {
  capText,
  describeThrown,
  type ModuleExports,
  moduleExports,
  nearestFile,
  readErrorText,
  toError,
} from "@jobs/core/runtime";
import type { Jiti } from "jiti";
import { during } from "../output/exit-process.ts";
import { findMissingModule } from "./missing-module.ts";

function isTypeScript(path: string): boolean {
  return [".ts", ".mts", ".cts", ".tsx"].includes(extname(path));
}

/**
 * Runs a module of the user: JavaScript as Node does, TypeScript through jiti, which is loaded only then. Messages
 * call it `name`.
 * @throws ConfigError naming file and line when the module, or one it imports, is missing, cannot be parsed or throws.
 */
export async function loadModule(path: string, name: string): Promise<ModuleExports> {
  try {
    const load = isTypeScript(path) ? loadWithJiti : loadNatively;
    return moduleExports(await during({ type: "load", name }, () => load(path)));
  } catch (thrown) {
    const position = positionInFolder(thrown, dirname(path)) ?? name;
    // An error of core, such as a task defined twice, keeps its code: it says more exactly what is wrong.
    if (isJobsError(thrown) && Reflect.set(thrown, "message", `${position}: ${thrown.message}`)) throw thrown;
    const cause = toError(thrown);
    const missing = findMissingModule(cause, path);
    if (missing !== undefined) {
      const { reason, hint, importer } = missing;
      const where = position === name ? (importer ?? name) : position;
      const problem = isTypeScript(path) ? (await openJiti(path)).problem : undefined;
      const hints = problem === undefined ? hint : `${hint} ${problem}`;
      throw new ConfigError(`${where}: ${reason}.`, { cause, hint: hints });
    }
    throw new ConfigError(`${position}: ${reasonOf(cause)}.`, {
      cause,
      hint: "--debug shows the whole error.",
    });
  }
}

/**
 * Node gives no line for a file that it cannot parse. Without `"type": "module"` it treats ES modules in `.js` as
 * CommonJS. jiti handles both cases.
 */
async function loadNatively(path: string): Promise<unknown> {
  try {
    return await import(pathToFileURL(path).href);
  } catch (error) {
    const isUnparsed =
      readErrorText(error, "name") === "SyntaxError" &&
      !describeThrown(error).includes("does not provide an export");
    if (isUnparsed) return loadWithJiti(path);
    throw error;
  }
}

async function loadWithJiti(path: string): Promise<unknown> {
  const { jiti } = await openJiti(path);
  return jiti.import(path);
}

/**
 * It resolves imports as TypeScript does: by `paths` and `baseUrl` of the nearest `tsconfig.json` above the module. If
 * that cannot be read, `problem` says so, and the paths are not used. Most apps need none, and an image for production
 * may lack a package that the file extends.
 */
async function openJiti(path: string): Promise<{ readonly jiti: Jiti; readonly problem?: string }> {
  const { createJiti } = await import("jiti");
  const options = { interopDefault: false };
  // Named, since jiti would otherwise look for one above each module, also in node_modules.
  const tsconfigPaths = nearestFile(["tsconfig.json"], dirname(path)) ?? false;
  try {
    return { jiti: createJiti(path, { ...options, tsconfigPaths }) };
  } catch (error) {
    const problem = `The paths of tsconfig.json were not used: ${reasonOf(toError(error))}.`;
    return { jiti: createJiti(path, options), problem };
  }
}

function reasonOf(cause: Error): string {
  if (readErrorText(cause, "code") === "ERR_UNSUPPORTED_DIR_IMPORT") return "it is a folder, not a module";
  const [firstLine = ""] = capText(cause.message).split("\n");
  return firstLine.trim().replace(/^ParseError: |\.$/g, "");
}

/** What follows the folder: a file in it, and a line. */
const PLACE = /^[/\\](?<file>[^:\n]+):(?<line>\d+)/;

/**
 * The place of an error in the user's files: `src/app.ts:3`. It is the first one below `folder` in its message or
 * stack, relative to the working directory. `undefined` when it names none.
 */
export function positionInFolder(error: unknown, folder: string): string | undefined {
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
