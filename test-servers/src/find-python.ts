import { spawnSync } from "node:child_process";
import { installPackage } from "./install-package.ts";
import { programOnPath } from "./program-on-path.ts";

/** What a test needs of a Python. */
export interface PythonNeed {
  /** A statement that ends without an error in a Python that is right, such as `import redis`. */
  readonly statement: string;
  /** Debian's packages that bring it. Without any, nothing is installed. */
  readonly packages: readonly string[];
}

/** The path of a Python that is right: an installed one, else one that it can install on Debian or Ubuntu as root. */
export async function findPython({ statement, packages }: PythonNeed): Promise<string | undefined> {
  const found = find(statement);
  if (found !== undefined || packages.length === 0) return found;
  for (const name of packages) if (!(await installPackage(name))) return undefined;
  return find(statement);
}

/** Debian's packages are for its own Python, which another may hide on the `PATH`. */
function find(statement: string): string | undefined {
  const pythons = [programOnPath(["python3"]), "/usr/bin/python3"];
  return pythons.find((python) => python !== undefined && spawnSync(python, ["-c", statement]).status === 0);
}
