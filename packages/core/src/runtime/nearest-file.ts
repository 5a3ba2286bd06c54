import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** The path of the first of these files that is in a folder, else in the nearest one above; `undefined` when none is. */
export function nearestFile(names: readonly string[], folder: string): string | undefined {
  const found = names.map((name) => join(folder, name)).find((path) => existsSync(path));
  const above = dirname(folder);
  return found ?? (above === folder ? undefined : nearestFile(names, above));
}
