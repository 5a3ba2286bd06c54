import { type ChildProcess, spawn } from "node:child_process";

/** Waits for the end of its input, which comes when the process that holds the other end is gone. */
const WATCH = 'cat; kill -9 "$1"; rm -rf "$2"';

/**
 * Sees to it that `child` does not outlive this process, nor its folder: also when this one is killed, as test runners
 * do with workers that hang.
 */
export function endWithThisProcess(child: ChildProcess, folder: string): void {
  const watch = spawn("sh", ["-c", WATCH, "sh", String(child.pid), folder], {
    stdio: ["pipe", "ignore", "ignore"],
    // Out of reach of an interrupt from the terminal, which is meant for the tests.
    detached: true,
  });
  child.once("exit", () => watch.kill("SIGKILL"));
}
