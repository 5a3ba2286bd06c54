import { type StdioOptions, spawnSync } from "node:child_process";

/** The programs that a project's commands are written for. */
export type PackageManager = "npm" | "pnpm";

/**
 * The program that started this one.
 * @param userAgent `npm_config_user_agent`, in which it says its name. Default, and for all others: npm.
 */
export function packageManagerOf(userAgent: string | undefined): PackageManager {
  return userAgent?.startsWith("pnpm/") ? "pnpm" : "npm";
}

/** Where programs that are started write: stdout is left to the answer of the command that starts them. */
export const OUTPUT_ON_STDERR: StdioOptions = ["ignore", 2, 2];

/** How a program of a project is started in a shell. */
export function execPrefix(packageManager: PackageManager): string {
  return packageManager === "pnpm" ? "pnpm exec" : "npx";
}

/** Installs what package.json of `folder` names. The user sees its output. @returns whether it ended well */
export function install(packageManager: PackageManager, folder: string): boolean {
  // On Windows these programs are scripts, which only a shell starts. The argument is no user's.
  const isWindows = process.platform === "win32";
  const { status } = spawnSync(packageManager, ["install"], {
    cwd: folder,
    stdio: OUTPUT_ON_STDERR,
    shell: isWindows,
  });
  return status === 0;
}
