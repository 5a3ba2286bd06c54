import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CreateError } from "./create-error.ts";
import { manifestOf } from "./manifest.ts";
import { type ProjectChoices, projectFiles } from "./project-files.ts";

const MANIFEST = "package.json";

/**
 * The files of a new project, or those that add jobs to one that is there. No file is replaced; only package.json gets
 * what it lacks.
 * @returns path from the project's folder to content
 * @throws CreateError `file_exists` when a file is there already, `unreadable_manifest`
 */
export function planProject(choices: ProjectChoices): ReadonlyMap<string, string> {
  const files = new Map(projectFiles(choices));
  const isThere = (path: string) => existsSync(join(choices.folder, path));
  const isNew = !isThere(MANIFEST);
  // A project that is there has its own, and they say more than these.
  if (!isNew)
    for (const path of ["README.md", ".gitignore", "tsconfig.json"].filter(isThere)) files.delete(path);
  const taken = [...files.keys()].filter(isThere);
  if (taken.length > 0)
    throw new CreateError(
      "file_exists",
      `${taken.join(", ")} in ${choices.folder} would be replaced.`,
      "take another folder, or move the files away",
    );
  const existing = isNew ? undefined : readFileSync(join(choices.folder, MANIFEST), "utf8");
  return new Map([...files, [MANIFEST, manifestOf(choices, existing)] as const].sort());
}

/** Writes what was planned. */
export function writeProject(folder: string, files: ReadonlyMap<string, string>): void {
  for (const [path, text] of files) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}
