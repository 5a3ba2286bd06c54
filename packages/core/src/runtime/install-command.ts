import { basename } from "node:path";
import { nearestFile } from "./nearest-file.ts";

/** How each package manager adds a package, and the lockfiles that show that a project uses it. */
const MANAGERS = [
  { add: "pnpm add", lockfiles: ["pnpm-lock.yaml"] },
  { add: "yarn add", lockfiles: ["yarn.lock"] },
  { add: "bun add", lockfiles: ["bun.lock", "bun.lockb"] },
  { add: "npm install", lockfiles: ["package-lock.json", "npm-shrinkwrap.json"] },
] as const;

/**
 * What to type so that a package is installed, for hints: by the package manager whose lockfile is nearest above the
 * folder, else by npm. Default: the working directory.
 */
export function installCommand(name: string, folder: string = process.cwd()): string {
  const lockfile = nearestFile(
    MANAGERS.flatMap(({ lockfiles }) => lockfiles),
    folder,
  );
  const isOf = (file: string) => lockfile !== undefined && basename(lockfile) === file;
  const manager = MANAGERS.find(({ lockfiles }) => lockfiles.some(isOf));
  return `${manager?.add ?? "npm install"} ${name}`;
}
