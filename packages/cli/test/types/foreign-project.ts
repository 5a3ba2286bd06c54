import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));
const TSC = join(
  dirname(createRequire(join(ROOT, "package.json")).resolve("typescript/package.json")),
  "bin/tsc",
);

/** Strict options of a project in another repository, which reads the declaration files of packages. */
const OPTIONS = [
  "--noEmit",
  "--ignoreConfig",
  "--strict",
  "--module",
  "nodenext",
  "--target",
  "es2022",
  "--skipLibCheck",
];

/** What the compiler says about files of a folder; nothing where all is right. */
export async function compile(folder: string, files: readonly string[]): Promise<string> {
  const extra = ["--types", "node", "--allowImportingTsExtensions"];
  const args = [TSC, ...OPTIONS, ...extra, ...files];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: folder }, (_error, stdout) => resolve(stdout));
  });
}
