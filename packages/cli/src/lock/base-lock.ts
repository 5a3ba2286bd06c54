import { execFile } from "node:child_process";
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { ConfigError } from "@jobs/core";
import { readErrorText } from "@jobs/core/runtime";
import { accessReason } from "../input/read-text.ts";
import { CliError } from "../output/cli-error.ts";
import { LOCK_FILE, parseLock, readLock } from "./lock-file.ts";
import { EMPTY_LOCK, type Lock } from "./task-lock.ts";

const GIT = "git:";

/** Names of branches, tags and commits, with `~`, `^` and `@{…}`. None begins with a dash. */
const REF = /^[A-Za-z0-9_@][A-Za-z0-9_./@{}^~+#-]{0,249}$/;

/** A lock of a large app has a few hundred kilobytes. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * The lock to compare with: `git:REF` or a file. A commit without one has no tasks.
 * @throws CliError for what is no such name · ConfigError where it cannot be read
 */
export async function readBase(base: string, folder: string): Promise<Lock> {
  if (base.startsWith(GIT)) return (await readFromGit(base.slice(GIT.length), folder)) ?? EMPTY_LOCK;
  const problem = fileProblem(base);
  const lock = problem === undefined ? readLock(resolve(base), base) : undefined;
  if (lock !== undefined) return lock;
  throw new CliError("usage", `--base: ${problem ?? `there is no file ${base}`}.`, {
    hint: "Name a file, or a commit as git:REF.",
  });
}

/** Why there is no lock to read. A device such as /dev/zero would be read without an end. */
function fileProblem(base: string): string | undefined {
  if (base === "") return "it is empty";
  try {
    const stats = statSync(resolve(base), { throwIfNoEntry: false });
    if (stats === undefined) return `there is no file ${base}`;
    if (stats.isDirectory()) return `${base} is a folder`;
    if (!stats.isFile()) return `${base} is not a regular file`;
    return stats.size > MAX_BYTES ? `${base} is larger than any lock` : undefined;
  } catch (error) {
    return `${base} cannot be read: ${accessReason(error)}`;
  }
}

async function readFromGit(ref: string, folder: string): Promise<Lock | undefined> {
  if (!REF.test(ref) || ref.includes("..")) {
    throw new CliError("usage", "--base: git: needs the name of a branch, tag or commit.", {
      hint: "Such as git:origin/main or git:HEAD~1.",
    });
  }
  const commit = (await git(folder, ["rev-parse", "--verify", "--end-of-options", `${ref}^{commit}`])).trim();
  const path = `${commit}:./${LOCK_FILE}`;
  const listed = await git(folder, ["ls-tree", "--name-only", "--end-of-options", commit, `./${LOCK_FILE}`]);
  if (listed.trim() === "") return undefined;
  return parseLock(await git(folder, ["cat-file", "blob", path]), `${LOCK_FILE} of ${ref}`);
}

/** Without a shell: an argument is never more than an argument. */
async function git(folder: string, args: readonly string[]): Promise<string> {
  const { error, stdout, stderr } = await new Promise<Answer>((resolve) => {
    const options = { cwd: folder, maxBuffer: MAX_BYTES, encoding: "utf8" } as const;
    execFile("git", args, options, (error, stdout, stderr) => resolve({ error, stdout, stderr }));
  });
  if (error === null) return stdout;
  const isMissing = readErrorText(error, "code") === "ENOENT";
  const reason = isMissing ? "there is no git on the PATH" : stderr.split("\n", 1)[0];
  throw new ConfigError(`--base: git does not answer: ${reason || "unknown"}.`, {
    cause: error,
    hint: "In CI, fetch the commit first, such as with fetch-depth: 0 of actions/checkout.",
  });
}

interface Answer {
  readonly error: Error | null;
  readonly stdout: string;
  readonly stderr: string;
}
