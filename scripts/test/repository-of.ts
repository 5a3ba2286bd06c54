import type { Repository } from "../rules/repository.mjs";

/** A repository of the given files, by path. */
export function repositoryOf(files: Readonly<Record<string, string>>): Repository {
  return { files: Object.entries(files).map(([path, text]) => ({ path, text })) };
}
