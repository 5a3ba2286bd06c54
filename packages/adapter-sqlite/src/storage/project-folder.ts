import { existsSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";

/** File names of a project's configuration, the same as in the command. */
const CONFIG_FILES = ["ts", "mts", "js", "mjs", "json", "yaml", "yml", "toml", "ini"].map(
  (extension) => `jobs.config.${extension}`,
);

/**
 * Resolves a relative path of a database from the folder of the configuration. So a project has one database, wherever
 * its processes start. The configuration is the one in `JOBS_CONFIG`, else the nearest upwards from the working
 * directory, else from the program. Without one, paths start at the working directory.
 */
export function resolveInProject(path: string): string {
  return isAbsolute(path) ? path : resolve(projectFolder(), path);
}

function projectFolder(): string {
  const cwd = process.cwd();
  const { JOBS_CONFIG: named } = process.env;
  if (named !== undefined && named !== "") return dirname(resolve(cwd, named));
  const [, program] = process.argv;
  const starts = program === undefined ? [cwd] : [cwd, dirname(resolve(cwd, program))];
  return starts.map(folderUpwards).find((folder) => folder !== undefined) ?? cwd;
}

/** The nearest folder with a configuration. */
function folderUpwards(start: string): string | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    if (CONFIG_FILES.some((name) => existsSync(join(folder, name)))) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}
