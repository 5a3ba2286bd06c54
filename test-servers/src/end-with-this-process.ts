import { type ChildProcess, spawn } from "node:child_process";

/** Waits for the end of its input, which comes when this process has ended. */
const WATCH = 'cat; kill -9 "$1"; rm -rf "$2"';

/**
 * Ends `child` and removes its folder when this process ends. This also works when a test runner kills this process.
 */
export function endWithThisProcess(child: ChildProcess, folder: string): void {
  const watch = spawn("sh", ["-c", WATCH, "sh", String(child.pid), folder], {
    stdio: ["pipe", "ignore", "ignore"],
    // Detached, so that an interrupt from the terminal reaches only the tests.
    detached: true,
  });
  child.once("exit", () => watch.kill("SIGKILL"));
}
