import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, isAbsolute, relative } from "node:path";
import { didYouMean, installCommand, readErrorText } from "@jobs/core/runtime";

/** A module that is not there, for people. */
export interface MissingModule {
  /** The file that imports it, where Node tells. */
  readonly importer?: string;
  readonly reason: string;
  readonly hint: string;
}

const CODES = ["MODULE_NOT_FOUND", "ERR_MODULE_NOT_FOUND"];

/** The first line of Node's and jiti's messages. */
const MESSAGE = /Cannot find (?:module|package) '(?<what>[^'\n]+)'(?: imported from (?<importer>[^\n]+))?/;

/** Names that npm allows. An alias such as `@/tasks` or `~/tasks` is none. */
const PACKAGE_NAME = /^(?:@[\w-][\w.-]*\/)?[\w-][\w.-]*$/;

/** What is missing when the module at `path` cannot be loaded; `undefined` when it failed for another reason. */
export function findMissingModule(cause: Error, path: string): MissingModule | undefined {
  if (!CODES.includes(readErrorText(cause, "code") ?? "")) return undefined;
  if (!existsSync(path)) {
    const close = didYouMean(basename(path), filesOf(dirname(path)));
    const hint = "Correct the path, or create the file.";
    return {
      reason: "there is no such file",
      hint: close === undefined ? hint : `Did you mean ${close}? ${hint}`,
    };
  }
  const { what, importer } = MESSAGE.exec(readErrorText(cause, "message") ?? "")?.groups ?? {};
  if (what === undefined) return undefined;
  const from = importer === undefined ? {} : { importer: relative(process.cwd(), importer) };
  if (isAbsolute(what) || what.startsWith(".")) {
    const file = isAbsolute(what) ? relative(process.cwd(), what) : what;
    const hint = "Correct the path in the import, or create the file.";
    return { ...from, reason: `it imports ${file}, and there is no such file`, hint };
  }
  const name = packageOf(what);
  if (!PACKAGE_NAME.test(name)) {
    const hint = "Correct it, or name its folder in paths of the nearest tsconfig.json.";
    return { ...from, reason: `it imports ${what}, which is no package and no path of tsconfig.json`, hint };
  }
  const install = installCommand(name, dirname(path));
  const hint = `Install it: ${install}. Or correct the name in the import.`;
  return { ...from, reason: `it imports ${what}, which is not installed`, hint };
}

function filesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** `@scope/name` of `@scope/name/part`. */
function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
